"""Names of span attributes: OpenTelemetry's semantic conventions where they have one, else ours."""

LEAD_ID = "leadstream.lead_id"
WORKSPACE_ID = "leadstream.workspace_id"
OUTCOME = "leadstream.outcome"
JOB_ID = "leadstream.job.id"
JOB_KIND = "leadstream.job.kind"
JOB_ATTEMPT = "leadstream.job.attempt"
# How many workers died with it before.
JOB_LOST = "leadstream.job.lost"
PROVIDER = "leadstream.provider"
OPERATION = "leadstream.operation"

SYSTEM = "messaging.system"
OPERATION_NAME = "messaging.operation.name"
OPERATION_TYPE = "messaging.operation.type"
DESTINATION = "messaging.destination.name"
PARTITION = "messaging.destination.partition.id"
OFFSET = "messaging.kafka.offset"
GROUP = "messaging.consumer.group.name"
BATCH_COUNT = "messaging.batch.message_count"
PEER = "peer.service"
METHOD = "http.request.method"
STATUS_CODE = "http.response.status_code"
ROUTE = "http.route"
ERROR_TYPE = "error.type"

# Where a lead comes into the pipeline.
FIRST_TOPIC = "lead.discovered"
