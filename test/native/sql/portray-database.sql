-- Everything in one database but what the server itself made.
\echo ---
create temporary view ours as
select n.oid, nspname, nspacl, nspowner from pg_namespace n where nspname not like 'pg\_%' and nspname <> 'information_schema';
select extname, extversion from pg_extension order by 1;
select nspname, nspacl, pg_get_userbyid(nspowner) from ours order by 1;
select c.oid::regclass::text, relkind, relpersistence, pg_get_userbyid(relowner), relacl, relrowsecurity, reloptions, relispopulated,
  pg_get_partkeydef(c.oid), pg_get_expr(relpartbound, c.oid)
from pg_class c join ours n on n.oid = relnamespace order by 1;
select attrelid::regclass::text, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attgenerated, attacl,
  pg_get_expr(adbin, adrelid), attcollation::regcollation, col_description(attrelid, attnum)
from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum join pg_class c on c.oid = attrelid join ours n on n.oid = relnamespace
where attnum > 0 order by 1, 2;
select conrelid::regclass::text, contypid::regtype::text, conname, pg_get_constraintdef(c.oid)
from pg_constraint c join ours n on n.oid = connamespace order by 1, 2, 3;
select pg_get_indexdef(indexrelid) from pg_index join pg_class c on c.oid = indrelid join ours n on n.oid = relnamespace order by 1;
select p.oid::regprocedure::text, case when prokind = 'a' then aggtransfn || coalesce(agginitval, '') else pg_get_functiondef(p.oid) end, proacl,
  pg_get_userbyid(proowner)
from pg_proc p left join pg_aggregate on aggfnoid = p.oid join ours n on n.oid = pronamespace
where not exists (select from pg_depend d where d.objid = p.oid and deptype = 'e') order by 1;
select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by 1;
select evtname, evtevent, evtfoid::regproc, evttags from pg_event_trigger order by 1;
select c.oid::regclass::text, pg_get_viewdef(c.oid) from pg_class c join ours n on n.oid = relnamespace where relkind in ('v', 'm') order by 1;
select polname, polrelid::regclass, pg_get_expr(polqual, polrelid), polroles::regrole[] from pg_policy order by 1;
select rulename, definition from pg_rules join ours on nspname = schemaname order by 1;
select t.oid::regtype::text, enumlabel, enumsortorder from pg_enum join pg_type t on t.oid = enumtypid order by 1, 3;
select sequencename, start_value, increment_by, last_value from pg_sequences order by 1;
select defaclobjtype, defaclacl from pg_default_acl order by 1;
select stxname, pg_get_statisticsobjdef(oid) from pg_statistic_ext order by 1;
select oid, lomacl, md5(lo_get(oid)), obj_description(oid, 'pg_largeobject') from pg_largeobject_metadata order by 1;
select c.oid::regclass::text, md5(query_to_xml('select * from ' || c.oid::regclass || ' x order by x::text', true, false, '')::text)
from pg_class c join ours n on n.oid = relnamespace where relkind in ('r', 'm') order by 1;
