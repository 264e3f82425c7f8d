-- name: role_exists
SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1);

-- name: close_public
-- Before Postgres 15 everybody could create there.
REVOKE ALL ON SCHEMA public FROM PUBLIC;

-- name: role_statements
SELECT format(CASE WHEN $4::boolean THEN 'ALTER ROLE %I LOGIN PASSWORD %L' ELSE 'CREATE ROLE %I LOGIN PASSWORD %L' END, $1::text, $2::text),
       format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE', $1::text),
       format('GRANT %I TO CURRENT_USER', $1::text),
       format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', $3::text, $1::text),
       format('ALTER SCHEMA %I OWNER TO %I', $3::text, $1::text),
       format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', $3::text);
