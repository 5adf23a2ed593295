"""matplotlib's figures with axes that draw all their ticks with one.

matplotlib makes an object of five parts for every tick, and asks twice where each text
ends: half of the time that a page of charts takes. Here an axis has one large and one
small tick; its lines are drawn at all places at once, its text at one after another.
What comes out is the same.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, Tick, XAxis, YAxis
from matplotlib.figure import Figure as FigureOfMatplotlib
from matplotlib.ticker import NullLocator

# matplotlib has no types for what a class of its own kind overrides.
_AxisOfMatplotlib: Any = Axis
_AxesOfMatplotlib: Any = Axes


class _LightAxis(_AxisOfMatplotlib):  # type: ignore[misc]
    """An axis that draws all its ticks with one."""

    # While it is drawn: the ticks, and where the texts on either side end.
    _drawn: list[Tick]
    _boxes: tuple[list[Any], list[Any]] | None = None

    def set_clip_path(self, path: Any, transform: Any = None) -> None:
        # Not of the ticks, which would be made for it; see `_one_tick`.
        Artist.set_clip_path(self, path, transform)

    def draw(self, renderer: Any) -> None:
        if not self.get_visible():
            return
        renderer.open_group(Axis.__module__, gid=self.get_gid())
        groups = list(self._groups())
        self._drawn, self._boxes = [tick for tick, _, _ in groups], ([], [])
        for tick, places, texts in groups:
            self._draw_lines(tick, places, renderer)
            for number, label in enumerate((tick.label1, tick.label2)):
                if label.get_visible():
                    self._boxes[number].extend(
                        self._draw_texts(label, places, texts, renderer)
                    )
        self._update_label_position(renderer)
        self.label.draw(renderer)
        self._update_offset_text_position(*self._boxes)
        self.offsetText.set_text(self.major.formatter.get_offset())
        self.offsetText.draw(renderer)
        renderer.close_group(Axis.__module__)
        self._boxes = None
        self.stale = False

    def _groups(self) -> Iterator[tuple[Tick, npt.NDArray[Any], list[str]]]:
        """Yield the large and the small tick, where they stand, and what they say."""
        ends = np.sort(self.get_view_interval())
        low, high = np.sort(self.get_transform().transform(ends))
        for is_major in (True, False):
            own = self.major if is_major else self.minor
            how = self._major_tick_kw if is_major else self._minor_tick_kw
            is_shown = self._tick_group_visible(how)
            if isinstance(own.locator, NullLocator) or not is_shown:
                continue
            places = np.asarray(
                self.get_majorticklocs() if is_major else self.get_minorticklocs(),
                dtype=float,
            )
            texts = own.formatter.format_ticks(places)
            with np.errstate(all="ignore"):
                # Of a logarithm, nothing has a place.
                at = self.get_transform().transform(places)
            # As matplotlib has it: what stands on the end of an axis is on it.
            slack = 1e-10 * (high - low)
            seen = (at >= low - slack) & (at <= high + slack)
            if seen.any():
                told = [texts[i] for i in np.flatnonzero(seen)]
                yield self._one_tick(is_major=is_major), places[seen], told

    def _update_ticks(self) -> list[Tick]:
        """Return what spines ask for: how long a tick is, and where it points."""
        if self._boxes is not None:
            return self._drawn
        return [tick for tick, _, _ in self._groups()]

    def _one_tick(self, *, is_major: bool) -> Tick:
        tick: Tick = (self.majorTicks if is_major else self.minorTicks)[0]
        tick.set_clip_path(self.axes.patch)
        return tick

    def _draw_lines(self, tick: Tick, places: npt.NDArray[Any], renderer: Any) -> None:
        is_x = self.axis_name == "x"
        if tick.gridline.get_visible():
            along = np.column_stack([places, places, np.full(len(places), np.nan)])
            across = np.tile([0.0, 1.0, np.nan], len(places))
            both = along.ravel(), across
            tick.gridline.set_data(*(both if is_x else both[::-1]))
            tick.gridline.draw(renderer)
        for line in (tick.tick1line, tick.tick2line):
            if line.get_visible():
                (line.set_xdata if is_x else line.set_ydata)(places)
                line.draw(renderer)

    def _draw_texts(
        self,
        label: Any,
        places: npt.NDArray[Any],
        texts: Sequence[str],
        renderer: Any,
    ) -> Iterator[Any]:
        move = label.set_x if self.axis_name == "x" else label.set_y
        for place, text in zip(places.tolist(), texts, strict=True):
            move(place)
            label.set_text(text)
            label.draw(renderer)
            if label.get_in_layout():
                yield label.get_window_extent(renderer)

    def _get_tick_boxes_siblings(self, renderer: Any) -> tuple[list[Any], list[Any]]:
        if self._boxes is not None:
            return self._boxes
        boxes: tuple[list[Any], list[Any]] = super()._get_tick_boxes_siblings(renderer)
        return boxes


class _LightXAxis(_LightAxis, XAxis):
    pass


class _LightYAxis(_LightAxis, YAxis):
    pass


class _LightAxes(_AxesOfMatplotlib):  # type: ignore[misc]
    """A pair of them."""

    def _init_axis(self) -> None:
        self.xaxis = _LightXAxis(self, clear=False)
        self.spines.bottom.register_axis(self.xaxis)
        self.spines.top.register_axis(self.xaxis)
        self.yaxis = _LightYAxis(self, clear=False)
        self.spines.left.register_axis(self.yaxis)
        self.spines.right.register_axis(self.yaxis)

    def _update_title_position(self, renderer: Any) -> None:
        """Move the title only out of the way of what there is: a factor of ticks."""
        formatter: Any = self.yaxis.major.formatter
        formatter.format_ticks(self.yaxis.get_majorticklocs())
        if formatter.get_offset():
            super()._update_title_position(renderer)


class Figure(FigureOfMatplotlib):
    """A figure of such axes."""

    def add_axes(self, *args: Any, **kwargs: Any) -> Axes:
        """Add axes as those of matplotlib are added."""
        kwargs.setdefault("axes_class", _LightAxes)
        return super().add_axes(*args, **kwargs)
