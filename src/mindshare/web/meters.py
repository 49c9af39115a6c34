"""Figures for Prometheus: counted here what HTTP saw, asked of the engine what is going on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

SECONDS = (0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
TOTALS = ("cases", "verdicts", "answers", "outcomes", "machine_answers", "machine_failures")  # they only grow
Figures = Mapping[str, float]


class Meters:
    """What is measured of one service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "mindshare_requests", "Requests.", ("route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "mindshare_request_seconds",
            "From request to answer.",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._events = Counter("mindshare_events", "Events stored.", registry=self.registry)
        self._frame = Histogram(
            "mindshare_frame_events", "Events of one flush.", buckets=SIZES, registry=self.registry
        )
        self._route: dict[str, Histogram] = {}
        self._status: dict[tuple[str, int], Counter] = {}

    def saw(self, route: str, status: int, seconds: float) -> None:
        """A request is answered."""
        key = route, status
        if key not in self._status:
            self._status[key] = self._requests.labels(route, str(status))
            self._route.setdefault(route, self._seconds.labels(route))
        self._status[key].inc()
        self._route[route].observe(seconds)

    def stored(self, events: int) -> None:
        """A frame is stored."""
        self._events.inc(events)
        self._frame.observe(events)

    def told(self, figures: Figures, limits: Mapping[str, Figures]) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry) + generate_latest(_registry_of(figures, limits))


class _Now(Collector):
    """The figures of this moment."""

    def __init__(self, figures: Figures, limits: Mapping[str, Figures]) -> None:
        self._figures, self._limits = figures, limits

    def collect(self) -> Iterable[Metric]:
        for name, figure in self._figures.items():
            kind = CounterMetricFamily if name in TOTALS else GaugeMetricFamily
            yield kind(f"mindshare_{name}", f"{name.capitalize()}.", value=figure)
        for name in ("limit", "left", "price"):
            metric = GaugeMetricFamily(
                f"mindshare_{name}", f"{name.capitalize()} of each resource.", labels=["resource"]
            )
            for resource, told in self._limits.items():
                metric.add_metric([resource], told[name])
            yield metric


def _registry_of(figures: Figures, limits: Mapping[str, Figures]) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Now(figures, limits))
    return registry
