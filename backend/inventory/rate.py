"""Client-side rate limit: a token bucket for each (service, region)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class TokenBucket:
    """At most `rate` calls a second on average, `burst` at once. `take` waits; `wake` ends all waits."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = burst
        self._at = clock()
        self._lock = threading.Lock()

    def reserve(self) -> float:
        """Take one token, and return how many seconds its owner must wait before calling."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now
            self._tokens -= 1
            return max(0.0, -self._tokens / self._rate)


# Calls a second, well below the documented account limits so that a scan never starves the account's own
# automation (a scanner that took an autoscaler's share of DescribeInstances broke production elsewhere).
_RATES = {
    "acm": 6.0,  # ListCertificates 8/s
    "apigateway": 6.0,  # 10/s for all of the control plane, v1 and v2 together
    "apigatewayv2": 4.0,
    "ec2": 40.0,
    "iam": 20.0,
    "kms": 60.0,
    "lambda": 12.0,  # 15/s for GetPolicy, and for most of the control plane
    "logs": 20.0,
    "s3": 400.0,
    "s3control": 50.0,
}
_DEFAULT = 30.0


class RateLimits:
    """The buckets of one account's scan."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale
        self._buckets: dict[tuple[str, str], TokenBucket] = {}
        self._lock = threading.Lock()

    def wait_for(self, service: str, region: str) -> float:
        """Seconds to wait before the next call to this service there."""
        with self._lock:
            bucket = self._buckets.get((service, region))
            if bucket is None:
                rate = _RATES.get(service, _DEFAULT) * self._scale
                bucket = self._buckets[service, region] = TokenBucket(rate, burst=max(20.0, rate))
        return bucket.reserve()
