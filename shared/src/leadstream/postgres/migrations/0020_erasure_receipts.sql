SET LOCAL lock_timeout = '5s';

-- What was erased, and where: entries of receipts, one after the other, each with the hash of the one before it. None is ever
-- changed or deleted: what ends later is a further entry. The content is text, because the hash is of its very bytes.
CREATE TABLE erasure_receipts (
    seq         bigint  PRIMARY KEY,
    receipt_id  uuid    NOT NULL,
    content     text    NOT NULL,
    previous    bytea   NOT NULL,
    hash        bytea   NOT NULL
);
CREATE INDEX erasure_receipts_by_receipt ON erasure_receipts (receipt_id, seq);

-- Where the chain ends: entries that are cut off at its end are missed. Who adds an entry locks this row.
CREATE TABLE erasure_chain (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    length  bigint  NOT NULL DEFAULT 0,
    head    bytea   NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
);
INSERT INTO erasure_chain DEFAULT VALUES;

-- Several services' erasures have one receipt; within a service, an erasure's own id where nobody names another. The digest tells
-- whether the same erasure is asked for again; the address itself goes when it is done.
ALTER TABLE erasures
    ADD COLUMN receipt_id uuid,
    ADD COLUMN digest     bytea,
    -- What of the person is in other hands, by whose: there it goes on, or would.
    ADD COLUMN elsewhere  jsonb NOT NULL DEFAULT '{}';
