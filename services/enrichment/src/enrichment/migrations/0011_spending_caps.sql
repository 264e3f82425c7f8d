SET LOCAL lock_timeout = '5s';

-- How much money providers may cost a workspace. A row stands before the defaults of the settings; null: no limit.
CREATE TABLE spending_caps (
    workspace_id  uuid         PRIMARY KEY,
    daily         numeric      CHECK (daily >= 0),
    monthly       numeric      CHECK (monthly >= 0),
    updated_at    timestamptz  NOT NULL DEFAULT now()
);

-- What of its caps a workspace has taken, one row each: whoever wants more locks it.
CREATE TABLE cap_use (
    workspace_id    uuid     PRIMARY KEY,
    day             date     NOT NULL,
    day_spent       numeric  NOT NULL DEFAULT 0,
    -- By calls that are under way, each with the most it can cost.
    day_reserved    numeric  NOT NULL DEFAULT 0,
    month           date     NOT NULL,
    month_spent     numeric  NOT NULL DEFAULT 0,
    month_reserved  numeric  NOT NULL DEFAULT 0
);

-- Spending, summed up as calls are settled.
CREATE TABLE spend_days (
    workspace_id  uuid     NOT NULL,
    day           date     NOT NULL,
    provider      text     NOT NULL,
    operation     text     NOT NULL,
    owner         text     NOT NULL,
    calls         bigint   NOT NULL,
    units         numeric  NOT NULL,
    cost          numeric  NOT NULL,
    PRIMARY KEY (workspace_id, day, provider, operation, owner)
);
CREATE INDEX spend_days_age ON spend_days (day);

-- Takes `wanted` of a workspace's caps (null: no limit) on `today`, and gives the day that counts it; nothing where there is no
-- room. One statement under one row lock, so that looking and taking are one step. A row that is a day ahead was written by
-- a replica whose clock is: its day counts.
CREATE FUNCTION reserve_spend(payer uuid, today date, wanted numeric, daily numeric, monthly numeric) RETURNS date
LANGUAGE sql VOLATILE AS $$
    INSERT INTO cap_use AS held (workspace_id, day, day_reserved, month, month_reserved)
    SELECT payer, today, wanted, date_trunc('month', today)::date, wanted
     WHERE wanted <= coalesce(daily, 'Infinity') AND wanted <= coalesce(monthly, 'Infinity')
    ON CONFLICT (workspace_id) DO UPDATE
       SET day = greatest(held.day, excluded.day),
           day_spent = CASE WHEN held.day >= excluded.day THEN held.day_spent ELSE 0 END,
           day_reserved = CASE WHEN held.day >= excluded.day THEN held.day_reserved ELSE 0 END + excluded.day_reserved,
           month = greatest(held.month, excluded.month),
           month_spent = CASE WHEN held.month >= excluded.month THEN held.month_spent ELSE 0 END,
           month_reserved = CASE WHEN held.month >= excluded.month THEN held.month_reserved ELSE 0 END + excluded.month_reserved
     WHERE CASE WHEN held.day >= excluded.day THEN held.day_spent + held.day_reserved ELSE 0 END + wanted
           <= coalesce(daily, 'Infinity')
       AND CASE WHEN held.month >= excluded.month THEN held.month_spent + held.month_reserved ELSE 0 END + wanted
           <= coalesce(monthly, 'Infinity')
    RETURNING day
$$;
