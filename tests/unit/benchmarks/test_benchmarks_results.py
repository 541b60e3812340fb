"""The results of the benchmarks: values, and JSON beside the code."""

import json
import platform

from benchmarks.results import cpu_model, from_json, read, this_machine, to_json, write
from tests.unit.benchmarks.measured import EVERYTHING, results, sample


def test_what_is_written_is_what_is_read(tmp_path):
    path = tmp_path / "results" / "latest.json"
    write(EVERYTHING, path)
    assert read(path) == EVERYTHING


def test_results_without_samples_are_json_too():
    assert from_json(to_json(results())) == results()


def test_each_sample_has_a_line_of_its_own():
    lines = to_json(EVERYTHING).splitlines()
    samples = [json.loads(line.strip().rstrip(",")) for line in lines if '"measure"' in line]
    assert len(samples) == len(EVERYTHING.samples)
    assert samples[0]["figures"] == {"p50 ms": 1, "p99 ms": 2, "max ms": 3}


def test_the_file_ends_with_a_line_end():
    assert to_json(results(sample("cost", "rq", runs_per_s=60))).endswith("}\n")


def test_the_machine_is_described_without_its_name():
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.memory > 2**20
    assert machine.cpu
    assert machine.kernel.startswith(platform.system())
    assert platform.node() not in (machine.cpu, machine.kernel, machine.system)


def test_the_processor_is_named_once():
    assert (
        cpu_model(
            "processor\t: 0\nmodel name\t: Fast CPU 3000 \nprocessor\t: 1\nmodel name\t: Fast CPU 3000\n"
        )
        == "Fast CPU 3000"
    )


def test_a_processor_may_have_no_name():
    assert cpu_model("processor\t: 0\nBogoMIPS\t: 50.00\n") == ""
