from leadstream.accounts.model import Account

__all__ = ["Account"]
