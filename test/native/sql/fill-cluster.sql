-- Everything that a dump of a cluster of PostgreSQL can keep; for psql, as a superuser.
create role clerk login password 'CANARY' connection limit 7;
create role staff nologin;
grant staff to clerk with admin option;
create role "Odd ""one" createdb;
alter role clerk set work_mem = '5MB';
create database shop owner clerk encoding 'UTF8' template template0;
comment on database shop is 'the shop';
create database "x=y";
alter database shop set timezone = 'Asia/Tokyo';
grant connect on database shop to staff;
revoke all on database shop from public;
create table in_postgres as select 1 as n;

\connect shop
create schema store authorization clerk;
create type store.mood as enum ('sad', 'ok', 'happy');
create domain store.positive as int check (value > 0);
create sequence store.ids start 5 increment 3;
select nextval('store.ids'), nextval('store.ids');
create table store.t (
  id int primary key default nextval('store.ids'), s text collate "C", b bytea, j jsonb, a int[], m store.mood, at timestamptz, n numeric,
  up text generated always as (upper(s)) stored, p store.positive
);
insert into store.t (id, s, b, j, a, m, at, n, p)
select n, 'row ' || n || E'\t\\\n', decode(md5(n::text), 'hex'), jsonb_build_object('k', n), array[n, null], 'ok',
  '2001-02-03 04:05:06.789012+00', n / 3.0, n
from generate_series(1, 2000) n;
-- Data that look like statements.
insert into store.t (id, s, n) values
  (-1, E'\\connect postgres', 'NaN'), (-2, 'CREATE ROLE boss;', 'Infinity'), (-3, E'\\.', null), (-4, '', 0), (-5, E'é日本 \u00a0', -0.0);
create table store.alone (s text);
insert into store.alone values ('CREATE ROLE boss;'), (E'\\connect postgres'), ('CREATE ROLE clerk;');
create table store.parent (id int primary key, of int references store.t (id) on delete cascade deferrable initially deferred);
insert into store.parent values (1, 7);
create table store.parts (k int, v text) partition by range (k);
create table store.part_1 partition of store.parts for values from (0) to (10);
create table store.part_2 partition of store.parts default;
insert into store.parts select n, 'p' from generate_series(0, 20) n;
create unlogged table store.fleeting (n int);
insert into store.fleeting values (1);
create index by_text on store.t (lower(s), m) include (at) where id > 0;
create index by_json on store.t using gin (j);
create view store.v with (security_barrier) as select id, s from store.t where id < 10;
alter table store.v owner to clerk;
create materialized view store.mv as select count(*) from store.t;
create function store.twice(n int) returns int language plpgsql immutable as $f$
begin
  return n * 2;
end
$f$;
create procedure store.nothing() language sql as 'select 1';
create function store.fire() returns trigger language plpgsql as 'begin new.s := coalesce(new.s, ''none''); return new; end';
create trigger fire before insert on store.t for each row execute function store.fire();
create aggregate store.total (int) (sfunc = int4pl, stype = int, initcond = '0');
alter table store.t enable row level security;
create policy mine on store.t to clerk using (id > 0);
create rule quiet as on insert to store.parent where new.id = 0 do instead nothing;
grant select (id, s), update (s) on store.t to staff;
grant usage on schema store to staff;
alter default privileges in schema store grant select on tables to staff;
comment on column store.t.s is 'a column''s word';
create statistics store.dep (dependencies) on id, s from store.t;
create function store.noticed() returns event_trigger language plpgsql as 'begin null; end';
create event trigger nothing_at_all on ddl_command_end when tag in ('DROP TABLE') execute function store.noticed();
select lo_from_bytea(4242, decode(repeat('00ff10', 100000), 'hex'));
grant select on large object 4242 to clerk;
comment on large object 4242 is 'large';
select format('create extension %I', name) from pg_available_extensions where name in ('hstore', 'citext', 'pg_trgm', 'pgcrypto') \gexec

\connect "dbname='x=y'"
create table "odd ""table" ("odd column" text);
insert into "odd ""table" values ('it''s');
