from leadstream.ratelimit.limiter import RateLimit, RateLimiter

__all__ = ["RateLimit", "RateLimiter"]
