from leadstream.ratelimit.limiter import RateLimit, RateLimiter, take_turns

__all__ = ["RateLimit", "RateLimiter", "take_turns"]
