"""Text from outside stays text: no mention, no link, no date, no formatting, no decision's emoji, whatever it is."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import parts

TRICKS = st.sampled_from(
    (
        *("<!channel>", "<@U07PRIYA0R1>", "<!subteam^S1>", "<https://e.example|x>", "<#C1>", "<!date^1^{time}|x>"),
        *("&lt;!here&gt;", "*", "_", "~", "`", "```", ">", ":white_check_mark:", ":no_entry:", "é", "✅"),
        *("\n> ", "\n", "\u202e", "\x00", "\u00a0"),
    )
)
OUTSIDE = st.lists(st.one_of(TRICKS, st.text(max_size=6)), max_size=12).map("".join)
ANGLE = re.compile(r"[<>]")
EMPHASIS = re.compile(r"(?<![A-Za-z0-9])([*~_])(?=\S)(?:[^`\n]*?\S)?\1(?![A-Za-z0-9])")
EMOJI = re.compile(r":(?=[^:\s]*[a-z])[a-z0-9_+'-]+:")


def prose(text: str) -> str:
    """Without code spans, in which nothing has a meaning."""
    return re.sub(r"(?<![\w`])`[^`\n]+`(?![\w`])", " ", text)


@given(OUTSIDE)
def test_no_outside_text_mentions_links_or_formats(text: str) -> None:
    for made in (parts.outside(text), parts.spoken(text), parts.said(text)):
        assert not ANGLE.search(made)
        assert "\n" not in made
        assert not EMPHASIS.search(prose(made))
        assert not EMOJI.search(prose(made))
        assert made.count("`") % 2 == 0


@given(OUTSIDE)
def test_code_is_one_span_whatever_stands_in_it(text: str) -> None:
    made = parts.code(text)
    assert made == "–" or re.fullmatch(r"`[^`\n<>]+`", made)


@given(OUTSIDE)
def test_a_quote_is_quoted_in_every_line(text: str) -> None:
    for line in parts.quote(text).splitlines():
        assert line.startswith(">")
        assert not ANGLE.search(line[1:])


@given(OUTSIDE, OUTSIDE)
def test_a_link_is_one_token_or_plain_text(url: str, label: str) -> None:
    for made in (parts.link(url, label), parts.link(f"https://e.example/{url}", label)):
        assert not ANGLE.search(made) or re.fullmatch(r"<https?://[^<>|\s]+\|[^<>]*>", made)


@given(OUTSIDE)
def test_plain_text_has_no_emoji_names_and_no_tokens(text: str) -> None:
    made = parts.plain(text)
    assert not EMOJI.search(made)
    assert not re.search(r"<[!@#]", made)
    assert "\n" not in made


@given(
    st.lists(st.one_of(st.just("<!date^1^{time}|now>"), OUTSIDE.map(parts.outside)), max_size=8), st.integers(10, 60)
)
def test_cutting_leaves_no_token_and_no_code_span_open(pieces: list[str], most: int) -> None:
    cut = parts.clip_mrkdwn(" ".join(pieces), most)
    assert len(cut) <= most
    assert not ANGLE.search(re.sub(r"<[^<>]*>", "", cut))
    assert not re.search(r"&(?!(?:amp|lt|gt);)", cut)
    assert cut.count("`") % 2 == 0


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("`KeyError: 'currency'` in 412 of 430", "`KeyError: 'currency'` in 412 of 430"),
        ("snake_case and 2 < 3 & 4", "snake_case and 2 &lt; 3 &amp; 4"),
        ("*Approved* by Priya", "∗Approved∗ by Priya"),
        ("count(*) of ~tmp _x_", "count(∗) of ∼tmp ˍxˍ"),
        ("one ` alone", "one ' alone"),
        (":white_check_mark: at 02:05:12", ":\u2060white_check_mark: at 02:05:12"),
        ("a\n\n b\tc", "a b c"),
        ("x" * 700, "x" * 599 + "…"),
    ],
)
def test_what_outside_text_becomes(text: str, made: str) -> None:
    assert parts.outside(text) == made


def test_paragraphs_keep_their_lines_and_quote_nothing() -> None:
    assert parts.paragraphs("one\n\n> two\n*three*") == "one\n\u2060&gt; two\n∗three∗"


def test_a_time_has_the_reader_s_zone_and_a_fallback_with_the_date() -> None:
    at = datetime(2026, 11, 24, 2, 23, 31, tzinfo=UTC)
    assert parts.date(at) == "<!date^1795487011^{date_short} {time}|24 Nov 2026 02:23 UTC>"
    assert parts.time(at, seconds=True) == "<!date^1795487011^{time_secs}|24 Nov 2026 02:23:31 UTC>"


def test_a_line_is_spoken_without_its_markup() -> None:
    line = (
        f"*Verified:* `x` {parts.link('https://e.example', 'entry 7')}, {parts.time(datetime(2026, 1, 2, tzinfo=UTC))}"
    )
    assert parts.as_spoken(line) == "Verified: x entry 7, 2 Jan 2026 00:00 UTC"


def test_a_table_counts_the_rows_that_do_not_fit() -> None:
    made = parts.table(("Source", "Says"), [(f"s{i}", "x") for i in range(150)])
    assert len(made["rows"]) == 100
    assert made["rows"][-1][0]["text"] == "and 52 more"
