"""A refresh: nothing while a page is the same, then only the rows that differ."""

import re
from datetime import timedelta

from docassemble.Scheduler.web.dashboard.refresh import MAX_ROWS, known_rows, part_of, tag_of
from tests.unit.web.views import HOUR, MINUTE, NOON


def row(key, text):
    return f'<tr data-key="{key}" class="x"><td>{text}</td></tr>'


def page(*rows, before="<p>2 jobs</p>"):
    return f"{before}<table>{''.join(rows)}</table>"


def digests(html):
    return re.findall(r'data-digest="([0-9a-f]{8})"', html)


def test_each_row_that_has_a_key_gets_a_digest_of_what_it_holds():
    part = part_of(page(row("a", 1), row("b", 1), row("b", 2)), (), NOON)
    assert len(set(digests(part.html))) == 3
    assert re.sub(r' data-digest="\w+"', "", part.html) == page(row("a", 1), row("b", 1), row("b", 2))


def test_a_row_that_the_browser_has_is_left_out():
    first = part_of(page(row("a", 1), row("b", 1)), (), NOON)
    again = part_of(page(row("a", 1), row("b", 2)), digests(first.html), NOON)
    assert again.html.count("data-same") == 1
    assert "<td>1</td>" not in again.html
    assert row("b", 2)[len('<tr data-key="b"') :] in again.html


def test_the_tag_is_that_of_the_whole_whatever_is_left_out():
    whole = part_of(page(row("a", 1)), (), NOON)
    assert part_of(page(row("a", 1)), digests(whole.html), NOON).etag == whole.etag
    assert part_of(page(row("a", 2)), digests(whole.html), NOON).etag != whole.etag
    assert part_of(page(row("a", 1), before="<p>3 jobs</p>"), (), NOON).etag != whole.etag


def test_how_long_ago_and_the_token_of_a_form_do_not_count():
    def of(ago, token):
        moment = f'<time datetime="x"><span class="sch-relative">{ago}</span></time>'
        form = f'<input type="hidden" name="csrf_token" value="{token}">'
        return part_of(page(row("a", moment + form), before=moment + form), (), NOON + MINUTE)

    assert of("1 minute ago", "x").etag == of("2 minutes ago", "y").etag
    assert digests(of("1 minute ago", "x").html) == digests(of("2 minutes ago", "y").html)


def test_a_page_is_sent_once_an_hour_because_tokens_grow_old():
    assert part_of(page(), (), NOON).etag == part_of(page(), (), NOON + HOUR - timedelta(seconds=1)).etag
    assert part_of(page(), (), NOON).etag != part_of(page(), (), NOON + HOUR).etag


def test_what_the_browser_names_is_taken_as_far_as_it_is_sensible():
    assert known_rows(None) == {""}
    assert known_rows("a,b") == {"a", "b"}
    assert len(known_rows(",".join(map(str, range(100_000))))) == MAX_ROWS


def test_a_tag_is_one_that_http_knows():
    assert re.fullmatch(r'W/"[0-9a-f]{24}"', tag_of("a", 1, "\ud800"))
