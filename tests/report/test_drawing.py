import re

import pytest
from matplotlib import rc_context

from stellarwh.report.drawing import Drawing, finish, new_axes
from stellarwh.report.palette import ACCENT, CSS_VARIABLES, STYLE


@pytest.fixture
def drawing() -> Drawing:
    with rc_context(STYLE):
        figure, axes = new_axes()
        axes.plot([0, 1], [0, 1], color=ACCENT, marker="o")
        axes.imshow([[0, 1], [1, 0]], extent=(0, 1, 0, 1), aspect="auto")
        axes.set_xlabel("[α/Fe] < 0.1 & more")
        return finish(figure, "here <", 'a "quoted" <alternative>')


def test_leaves_no_placeholder_colour(drawing: Drawing) -> None:
    assert not [colour for colour in CSS_VARIABLES if colour in drawing.svg]
    assert "var(--accent)" in drawing.svg


def test_refers_to_nothing_outside_itself(drawing: Drawing) -> None:
    assert "http" not in drawing.svg
    assert "@" not in drawing.svg
    assert "<!" not in drawing.svg


def test_its_rules_are_of_its_classes_alone(drawing: Drawing) -> None:
    (rules,) = re.findall("<style>(.*?)</style>", drawing.svg)
    said = re.findall(r"([^{}]+)\{([^{}]*)\}", rules)
    assert len(said) > 5
    assert all(re.fullmatch(r"\.s[0-9a-f]{8}", name) for name, _ in said)
    assert {name[1:] for name, _ in said} == set(
        re.findall(r'class="(\w+)"', drawing.svg)
    )
    # What a class says gives it its name: two drawings cannot disagree.
    assert len({what for _, what in said}) == len(said)


def test_keeps_identifiers_apart_and_resolvable(drawing: Drawing) -> None:
    defined = re.findall(r'\sid="([^"]+)"', drawing.svg)
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', drawing.svg))
    assert used
    assert used == set(defined)
    assert len(defined) == len(set(defined))
    with rc_context(STYLE):
        figure, axes = new_axes()
        axes.plot([0, 1], [0, 1], marker="o")
        other = finish(figure, "there", "another")
    assert not used & set(re.findall(r'\sid="([^"]+)"', other.svg))


def test_carries_its_text_alternative_escaped(drawing: Drawing) -> None:
    expected = 'aria-label="a &quot;quoted&quot; &lt;alternative&gt;"'
    assert drawing.svg.startswith("<svg viewBox=")
    assert expected in drawing.svg.partition(">")[0] + ">"


def test_uses_the_font_of_the_page(drawing: Drawing) -> None:
    assert "DejaVu" not in drawing.svg
    assert "[α/Fe] &lt; 0.1 &amp; more" in drawing.svg


def test_draws_the_same_bytes_twice() -> None:
    def draw() -> str:
        with rc_context(STYLE):
            figure, axes = new_axes()
            axes.plot([0, 1], [1, 0], marker="s")
            return finish(figure, "x", "a line").svg

    assert draw() == draw()


def test_a_disc_is_a_circle_of_its_place_and_size() -> None:
    with rc_context(STYLE):
        figure, axes = new_axes()
        axes.scatter([0.25, 0.5], [0.5, 0.5], s=[36, 100], c=ACCENT)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        svg = finish(figure, "discs", "two discs").svg
        box = axes.get_position()
        width, height = (72 * size for size in figure.get_size_inches())
    circles = re.findall(r'<circle cx="([^"]+)" cy="([^"]+)" r="([^"]+)"', svg)
    found = [tuple(map(float, circle)) for circle in circles]
    middle = (1 - (box.y0 + box.y1) / 2) * height
    for (x, y, r), at, diameter in zip(found, (0.25, 0.5), (6, 10), strict=True):
        assert x == pytest.approx((box.x0 + at * box.width) * width, abs=0.01)
        assert y == pytest.approx(middle, abs=0.01)
        assert r == pytest.approx(diameter / 2, abs=0.01)
