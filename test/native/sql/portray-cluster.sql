-- What is in a cluster that fill-cluster.sql filled, asked of the server itself: what a dump leaves out, a second dump would leave out too.
select rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolconnlimit, rolpassword, rolbypassrls
from pg_authid where rolname !~ '^pg_' order by 1;
select r.rolname, m.rolname, admin_option
from pg_auth_members a join pg_roles r on r.oid = roleid join pg_roles m on m.oid = member order by 1, 2;
select datname, pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype, datacl, shobj_description(oid, 'pg_database')
from pg_database order by 1;
select d.datname, r.rolname, setconfig
from pg_db_role_setting left join pg_database d on d.oid = setdatabase left join pg_roles r on r.oid = setrole order by 1, 2;
\ir portray-database.sql
\connect shop
\ir portray-database.sql
\connect "dbname='x=y'"
\ir portray-database.sql
