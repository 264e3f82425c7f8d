SET LOCAL lock_timeout = '5s';

-- When Resend is asked what became of an e-mail, if nothing that decides is heard until then; null: not, or never again.
ALTER TABLE deliveries ADD COLUMN ask_at timestamptz;
CREATE INDEX deliveries_asked ON deliveries (ask_at) WHERE ask_at IS NOT NULL;

-- The list by what it shows as fate, newest first; `accepted` is what nothing was heard of. No other statement asks for it in
-- these words, so none is planned by it.
CREATE INDEX deliveries_fates
    ON deliveries ((CASE channel WHEN 'email' THEN coalesce(fate, CASE status WHEN 'delivered' THEN 'accepted' END) END), created_at DESC, id DESC)
    WHERE (CASE channel WHEN 'email' THEN coalesce(fate, CASE status WHEN 'delivered' THEN 'accepted' END) END) IS NOT NULL;
