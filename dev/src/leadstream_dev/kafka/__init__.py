from leadstream_dev.kafka.broker import KafkaBroker
from leadstream_dev.kafka.jars import ensure_jars
from leadstream_dev.kafka.probe import cluster_id, require_cluster

__all__ = ["KafkaBroker", "cluster_id", "ensure_jars", "require_cluster"]
