-- What is in a server that fill-mariadb.sql filled, asked of the server itself.
select user, host, json_remove(priv, '$.password_last_changed') from mysql.global_priv order by 1, 2;
select * from mysql.roles_mapping order by 1, 2;
select host, db, user, table_name, grantor, table_priv, column_priv from mysql.tables_priv order by 1, 2, 3, 4;
select host, db, user, table_name, column_name, column_priv from mysql.columns_priv order by 1, 2, 3, 4, 5;
select host, db, user, routine_name, routine_type, proc_priv from mysql.procs_priv order by 1, 2, 3, 4;
select * from information_schema.schemata where schema_name not in ('information_schema', 'performance_schema') order by schema_name;
select table_schema, table_name, table_type, engine, table_collation, create_options, table_comment, auto_increment
from information_schema.tables where table_schema in ('shop', '-odd') order by 1, 2;
show create table shop.t;
show create table shop.parts;
show create table shop.history;
show create sequence shop.ids;
show create view shop.v;
show create function shop.twice;
show create procedure shop.nothing;
show create event shop.later;
select trigger_name, event_manipulation, event_object_table, action_statement, action_timing, definer from information_schema.triggers order by 1;
checksum table shop.t, shop.parts, shop.kinds, shop.old, `-odd`.u, shop.history;
select hex(s), hex(l), hex(b), j, e, f, d, at, ts, st_astext(g), bits + 0, up, kind, id from shop.t order by id;
select hex(b) from `-odd`.u order by 1;
select next_not_cached_value, increment from shop.ids;
