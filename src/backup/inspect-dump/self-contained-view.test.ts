import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isSelfContainedView } from './self-contained-view.ts'

const HEAD = 'CREATE ALGORITHM=UNDEFINED  DEFINER=`root`@`localhost` SQL SECURITY DEFINER  VIEW `v` AS '

describe('a view with a definer', () => {
  it('reaches only its own database when no other one is named', () => {
    for (const body of [
      'select `t`.`a` AS `a`,`u`.`b` AS `b` from (`t` join `u` on(`t`.`id` = `u`.`id`)) where `t`.`a` > 1 group by `t`.`a`,`u`.`b`',
      'select 1.5 AS `1`,`t`.* from `t` limit 10',
      'select count(`t`.`a`) AS `n` from `t` left join (`u` join `w` on(`u`.`i` = `w`.`i`)) on(`t`.`i` = `u`.`i`) order by `t`.`a`,`u`.`b`',
      "select 'mysql.user, x.y' AS `a` from `t` where `t`.`a` in (select `u`.`a` from `u` where `u`.`b` = `t`.`b`)",
      'select `x`.`a` from (select `t`.`a` AS `a` from `t`) `x` union select `u`.`a` from `u`',
    ])
      assert.ok(isSelfContainedView(HEAD + body), body)
    assert.ok(isSelfContainedView('CREATE VIEW v AS SELECT 1 AS `a`'))
  })

  it('reaches further in every other case', () => {
    for (const body of [
      'select * from mysql.user',
      'select * from `mysql` . `user`',
      'select * from t,mysql.user',
      'select * from t mysql, mysql.user',
      'select t.a from (t join u on(t.i = u.i)), mysql.user',
      'select t.a from (t, mysql.user)',
      'select t.a from ((t join u) join `mysql`.`user` on(1))',
      'select t.a from t where exists (select 1 from mysql.user)',
      'select (select `password` from "mysql"."user" limit 1) AS `p`',
      'select mysql.user.password from t',
      'select other.spend(1)',
      'select other . spend (1)',
      'select t.a from t union all select u.password from t straight_join mysql.user u',
      'select nextval(other.s)',
      'select next value for other.s',
      'select .t from t',
      'select 1.from mysql.user',
      'select 1.e from t',
      'select a from.t, mysql.user',
      'select t.a from t window, mysql.user',
      `select '${'x'.repeat(70_000)}' from t`,
      'select a from t)',
    ])
      assert.ok(!isSelfContainedView(HEAD + body), body)
    for (const text of [
      'CREATE DEFINER=`root`@`localhost` TRIGGER t AFTER INSERT ON a FOR EACH ROW insert into b values (1)',
      'CREATE DEFINER=`root`@`localhost` PROCEDURE `VIEW v AS `() select 1',
      'CREATE DEFINER=`root`@`localhost` FUNCTION f() RETURNS int return 1',
      'CREATE DEFINER=`root`@`localhost` EVENT e ON SCHEDULE EVERY 1 DAY DO select 1',
      'CREATE DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW v AS TABLE mysql.user',
      'CREATE DEFINER=`root`@`localhost` SQL SECURITY INVOKER VIEW v AS select * from mysql.user',
    ])
      assert.ok(!isSelfContainedView(text), text)
  })
})
