-- Everything that a dump of a server of MariaDB can keep; for mariadb, as an administrator.
create role staff;
create user 'o''brien'@'%' identified by 'CANARY' require ssl with max_queries_per_hour 7;
grant staff to 'o''brien'@'%';
create database shop character set utf8mb4 collate utf8mb4_bin;
create database `-odd`;
create table `-odd`.u (b blob);
insert into `-odd`.u values (x'00ff0a27'), (null), ('');
use shop;
create table kinds (id tinyint primary key);
insert into kinds values (1), (2);
create table t (
  id bigint unsigned not null auto_increment primary key, s varchar(200) character set utf8mb4, l varchar(20) character set latin1,
  b varbinary(16), j json, e enum('a', 'b'), f set('x', 'y'), d decimal(20, 10), at datetime(6),
  ts timestamp(3) not null default '2001-02-03 04:05:06.789', g geometry, bits bit(9), up varchar(200) as (upper(s)) stored, kind tinyint,
  index by_s (s(10)), fulltext index words (s), constraint fk foreign key (kind) references kinds (id), constraint few check (length(l) < 10)
) comment 'a table''s word';
insert into t (s, l, b, j, e, f, d, at, g, bits, kind)
select concat('row ', seq, '\t\\\n\'é日本🐘'), 'café', unhex(md5(seq)), json_object('k', seq), 'b', 'x,y', seq / 3,
  '2001-02-03 04:05:06.789012', point(seq, 1), b'101', 1
from seq_1_to_2000;
insert into t (s, d) values ('', -0.1), (null, null), ('x\nUSE mysql;\nDROP DATABASE shop;\n', 0), ('-- Dump completed', 1);
alter table t auto_increment = 5000;
create table parts (k int) partition by range (k) (partition low values less than (10), partition high values less than maxvalue);
insert into parts select seq from seq_0_to_20;
create table history (n int) with system versioning;
create table old (n int) engine = MyISAM;
insert into old values (1);
create sequence ids start with 5 increment by 3;
select next value for ids;
create view v as select id, s from t where id < 10;
delimiter //
create function twice(n int) returns int deterministic begin return n * 2; end//
create procedure nothing(in n int) begin select n; end//
create trigger fire before insert on t for each row begin set new.s = coalesce(new.s, 'none'); end//
create event later on schedule every 1 day disable do begin delete from t; end//
delimiter ;
grant select (id, s), update (s) on shop.t to staff;
grant execute on function shop.twice to 'o''brien'@'%';
