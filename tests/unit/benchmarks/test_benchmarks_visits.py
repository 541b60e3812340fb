"""What visitors of docassemble see, from what `wrk` prints."""

from benchmarks.visits import summed_up, visited

WRK = """Running 8s test @ http://127.0.0.1:1/user/sign-in
  1 threads and 6 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    20.10ms    9.29us   1.16s    79.67%
    Req/Sec   302.53     58.93   390.00     69.00%
  Latency Distribution
     50%   12.60ms
     75%  900.00us
     90%   20.11ms
     99%    1.04s
  3489 requests in 8.00s, 43.14MB read
Requests/sec:    436.02
"""


def test_what_wrk_says_is_read_in_milliseconds():
    assert visited(WRK) == {"p50 ms": 12.6, "p99 ms": 1040.0, "max ms": 1160.0, "requests per s": 436.02}


def test_a_rare_answer_that_takes_long_shows_in_the_slowest_one_and_not_in_the_usual_ones():
    parts = [dict.fromkeys(("p99 ms", "max ms"), value) for value in (20.0, 400.0, 30.0)]
    assert summed_up(parts) == {"p99 ms": 30, "max ms": 400}
