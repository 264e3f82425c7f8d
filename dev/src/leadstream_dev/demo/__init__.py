from leadstream_dev.demo.command import demo

__all__ = ["demo"]
