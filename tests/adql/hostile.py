"""Queries that must reach no file, no network and no setting, composed by chance.

Each has a sting: a statement, a source of rows, an expression or a clause that DuckDB
would carry out and ADQL has not. It stands in a query that is ADQL but for it, spelled
in ways that a careless reader takes for something else.
"""

from collections.abc import Callable, Iterator
from random import Random

__all__ = ["hostile", "wrapped"]

FILES = (
    "x.csv",
    "data/x.parquet",
    "/etc/passwd",
    "../../x.json",
    "*.parquet",
    "/proc/self/environ",
    "file:///etc/hosts",
    "http://127.0.0.1:9/x.parquet",
    "https://example.org/x.csv",
    "s3://bucket/**/*.parquet",
    "hf://datasets/x/y.parquet",
    "C:\\x.csv",
    "~/.ssh/id_ed25519",
    "x.duckdb",
    "/dev/stdin",
    "x.csv.gz",
    "it''s.csv",
)
READERS = (
    "read_csv",
    "read_csv_auto",
    "read_parquet",
    "parquet_scan",
    "read_json",
    "read_json_auto",
    "read_json_objects",
    "read_ndjson",
    "read_text",
    "read_blob",
    "read_xlsx",
    "read_duckdb",
    "glob",
    "sniff_csv",
    "parquet_metadata",
    "parquet_schema",
    "parquet_file_metadata",
    "parquet_kv_metadata",
    "parquet_bloom_probe",
    "st_read",
    "sqlite_scan",
    "postgres_scan",
    "mysql_scan",
    "iceberg_scan",
    "delta_scan",
    "arrow_scan",
    "pandas_scan",
    "python_map_function",
    "seq_scan",
    "query",
    "query_table",
    "which_secret",
    "pragma_table_info",
    "pragma_storage_info",
    "from_substrait",
    "from_substrait_json",
    "json_execute_serialized_sql",
    "sql_auto_complete",
    "cone_search",
    "crossmatch",
)
PLACES = (
    "duckdb_settings()",
    "duckdb_secrets()",
    "duckdb_databases()",
    "duckdb_functions()",
    "duckdb_tables()",
    "duckdb_extensions()",
    "duckdb_temporary_files()",
    "duckdb_logs()",
    "pragma_database_list()",
    "pragma_version()",
    "pragma_platform()",
    "pragma_user_agent()",
    "pragma_database_size()",
    "range(1000000000000)",
    "generate_series(1, 1000000000000)",
    "repeat_row(1, num_rows = 1000000000)",
    "repeat('x', 1000000000)",
    "unnest([1, 2, 3])",
    "test_all_types()",
    "checkpoint()",
    "force_checkpoint()",
    "information_schema.tables",
    "pg_catalog.pg_class",
    "sqlite_master",
    "duckdb_tables",
    "duckdb_settings",
    "pragma_database_list",
    "memory.main.stars",
    "system.main.duckdb_settings()",
    "temp.main.stars",
    "main.duckdb_secrets()",
    "meta.ingests",
    "df",
    "frame",
    "connection",
    "sys",
    "__builtins__",
    "(values (1), (2)) as v",
    "(values (1)) as v (ra)",
    "(from stars) as f",
    "(table stars) as f",
    "(show tables) as f",
    "(describe stars) as f",
    "(summarize stars) as f",
    "(pivot stars on ra using count(*)) as f",
    "(unpivot stars on ra into name n value v) as f",
    "(delete from stars returning ra) as f",
    "stars tablesample 10 percent",
    "stars pivot (count(*) for ra in (1, 2))",
    "stars unpivot (v for n in (ra, dec))",
    "stars at (version => 1)",
    "stars as s (a, b)",
    "lateral (select 1) as f",
    "stars s, lateral (select s.ra) as f",
    "stars cross join stars as t",
    "stars asof join raw.apogee as t on stars.ra >= t.ra, df",
    "table(range(5))",
    "rows from (range(5))",
)
EXPRESSIONS = (
    "getenv('HOME')",
    "getvariable('x')",
    "current_setting('access_mode')",
    "current_setting('home_directory')",
    "current_database()",
    "current_schemas(true)",
    "version()",
    "txid_current()",
    "nextval('s')",
    "error('x')",
    "write_log('x')",
    "pg_typeof(ra)",
    "set_config('a', 'b')",
    "system('id')",
    "eval('1')",
    "exec('1')",
    "__import__('os')",
    "read_text('/etc/passwd')",
    "query('select 1')",
    "in_search_path('a', 'b')",
    "get_block_size('stars')",
    "sql_auto_complete('sel')",
    "json_serialize_sql('select 1')",
    "repeat('x', 1000000000)",
    "range(1000000000000)",
    "random()",
    "uuid()",
    "sleep_ms(1000)",
    "hash(ra)",
    "columns(*)",
    "columns('r.*')",
    "unnest([1, 2])",
    "[1, 2, 3]",
    "[x for x in [1, 2]]",
    "{'a': 1}",
    "map {'a': 1}",
    "array[1, 2]",
    "row(1, 2)",
    "(1, 2)",
    "struct_pack(a := 1)",
    "list_transform([1], lambda x : x)",
    "list_transform([1], x -> x + 1)",
    "(select content from read_text('/etc/passwd'))",
    "(select max(ra) from stars)",
    "(from stars select max(ra))",
    "array(select ra from stars)",
    "case when ra > 1 then getenv('HOME') end",
    "ra::varchar",
    "'stars'::regclass",
    "cast('x' as blob)",
    "cast(ra as json)",
    "cast(ra as struct(a integer))",
    "cast(ra as enum ('a'))",
    "try_cast(ra as integer)",
    "timestamp '2026-01-01'",
    "interval 1 day",
    "ra collate nocase",
    "now() at time zone 'UTC'",
    "row_number() over ()",
    "sum(ra) over (order by ra)",
    "sum(ra) filter (where ra > 1)",
    "max(ra order by dec)",
    "string_agg(ra, ',' order by ra)",
    "ra[1]",
    "ra.getenv()",
    "'HOME'.getenv()",
    "main.getenv('HOME')",
    "system.main.getenv('HOME')",
    "\"getenv\"('HOME')",
    '"main"."getenv"(\'HOME\')',
    "$1",
    "$name",
    "?",
    ":name",
    "@ra",
    "@@version",
    "#1",
    "~1",
    "ra ** 2",
    "ra ^ 2",
    "ra // 2",
    "ra % 2",
    "ra & 1",
    "ra << 60",
    "5!",
    "$$text$$",
    "$tag$text$tag$",
    "e'\\x41'",
    "x'41'",
    "b'41'",
    "u&'\\0041'",
    "0x1f",
    "1_000",
    "true",
    "current_date",
    "current_user",
    "current_timestamp",
    "date '2026-01-01'",
    "exists (from stars)",
    "not true",
    "ra is distinct from 1",
    "ra in [1, 2]",
    "ra glob '*'",
    "ra similar to 'a'",
    "ra ~ 'a'",
    "ra !~~ 'a'",
    "grouping(ra)",
    "* exclude (ra)",
    "* replace (1 as ra)",
    "* like 'r%'",
    "stars.* exclude (ra)",
    "ra as 'x' 'y'",
    "x: ra",
)
CLAUSES = (
    "limit 5",
    "limit 5 offset 5",
    "limit 10%",
    "limit (select 5)",
    "fetch first 5 rows only",
    "using sample 5",
    "using sample reservoir(5 rows)",
    "qualify ra > 1",
    "window w as (order by ra)",
    "for update",
    "group by all",
    "group by cube (ra)",
    "group by rollup (ra)",
    "group by grouping sets ((ra), ())",
    "order by all",
    "order by ra nulls first",
    "order by ra collate nocase",
    "order by ra using >",
    "offset (select 1)",
    "offset ra",
    "into outfile '/tmp/x'",
    "where getenv('HOME') is not null",
    "where ra = (select 1)",
    "where ra = any (select 1)",
    "where (ra, dec) in (select 1, 2)",
    "where ra in (from stars)",
    "where ra in (values (1))",
    "where ra in (table stars)",
    "where ra in (select content from read_text('/etc/passwd'))",
    "where exists (select * from 'x.csv')",
    "where exists (select * from duckdb_secrets())",
    "union by name select 1",
    "union all by name from stars",
    "union select content from read_text('/etc/passwd')",
    "union from 'x.csv'",
    "union table stars",
    "union values (1)",
    "except show tables",
    "intersect (copy stars to 'x.csv')",
    "|> limit 5",
    "returning ra",
    "on conflict do nothing",
    "settings x = 1",
)
STATEMENTS = (
    "copy stars to '/tmp/x.csv'",
    "copy (select * from stars) to 'x.parquet' (format parquet)",
    "copy stars from 'x.csv'",
    "copy from database a to b",
    "attach 'x.duckdb' as y",
    "attach 'https://example.org/x.duckdb' (read_only)",
    "attach or replace ':memory:' as main",
    "detach y",
    "use memory",
    "install httpfs",
    "force install spatial from community",
    "load httpfs",
    "load '/tmp/x.duckdb_extension'",
    "update extensions",
    "pragma database_list",
    "pragma enable_external_access = true",
    "pragma table_info('stars')",
    "set enable_external_access = true",
    "set global threads = 64",
    "set variable x = 1",
    "set lock_configuration = false",
    "reset all",
    "call pragma_version()",
    "call duckdb_settings()",
    "export database '/tmp/x'",
    "import database '/tmp/x'",
    "create table t as select * from stars",
    "create or replace view main.stars as select 1 as ra",
    "create temp table t (a integer)",
    "create macro f(x) as x",
    "create secret (type s3)",
    "create persistent secret x (type http)",
    "create sequence s",
    "create schema s",
    "create type t as enum ('a')",
    "create trigger t",
    "insert into stars values (1)",
    "insert into stars by name select 1 as ra",
    "update stars set ra = 1",
    "delete from stars",
    "truncate stars",
    "truncate table stars",
    "merge into stars using stars as t on true when matched then delete",
    "drop table stars",
    "drop view if exists stars cascade",
    "alter table stars add column x integer",
    "comment on table stars is 'x'",
    "checkpoint",
    "force checkpoint",
    "vacuum",
    "analyze",
    "begin",
    "commit",
    "rollback",
    "explain select * from stars",
    "explain analyze select * from stars",
    "describe stars",
    "describe select * from stars",
    "show tables",
    "show all tables",
    "show databases",
    "summarize stars",
    "summarize 'x.csv'",
    "pivot stars on ra",
    "unpivot stars on ra",
    "prepare p as select 1",
    "execute p",
    "deallocate p",
    "from stars",
    "from 'x.csv'",
    "from stars select ra",
    "from read_csv('x.csv') select *",
    "values (1), (2)",
    "table stars",
    "select 1",
    "select * from 'x.csv'",
    "select * from 'x.csv' as s where s.ra > 1",
    "with t as (delete from stars returning *) select * from t",
    "with recursive t as (select 1 as x union all select x + 1 from t) select x from t",
    "with t(x) as (select 1 from stars) select x from t",
    "with t as materialized (select ra from stars) select ra from t",
    ".shell id",
    ".read x.sql",
    "\\copy stars to 'x'",
    "kill 1",
    "grant all on stars to public",
    "declare c cursor for select 1",
    "do $$ begin end $$",
)
# What looks like a letter and is another one.
ALIKE = {
    "a": "аａ",
    "c": "сｃ",
    "e": "еｅ",
    "i": "іıｉ",
    "k": "\N{KELVIN SIGN}ｋ",
    "o": "оｏ",
    "p": "рｐ",
    "s": "ſѕｓ",
    "t": "ｔ",
    "x": "хｘ",
}
SPACES = ("\t", "\n", "\r\n", "  ", " -- note\n", " --'\n", "\f")
STRANGE = (
    "/**/",
    "/* -- */",
    "\N{NO-BREAK SPACE}",
    "\N{EM SPACE}",
    "\N{IDEOGRAPHIC SPACE}",
    "\N{ZERO WIDTH SPACE}",
    "\N{LINE SEPARATOR}",
    "\0",
    "\\\n",
)


def _source(rng: Random) -> str:
    """Return what a careless reader would take rows from."""
    kind = rng.randrange(5)
    file = rng.choice(FILES)
    if kind == 0:
        return f"'{file}'"
    if kind == 1:
        return rng.choice((f'"{file}"', f'main."{file}"', f'"{file}" as f'))
    if kind == 2:
        reader = rng.choice(READERS)
        reader = rng.choice(
            (reader, f'"{reader}"', f"main.{reader}", f"system.main.{reader}")
        )
        more = rng.choice(("", ", header = true", ", union_by_name := true", ", 1, 2"))
        inner = rng.choice((f"'{file}'", f"['{file}']", "'main.stars'", f'"{file}"'))
        return f"{reader}({inner}{more})"
    return rng.choice(PLACES)


def _within(rng: Random, sting: str) -> str:
    """Return a query of which one source is the sting."""
    return rng.choice(
        (
            "select * from {}",
            "select ra from stars, {}",
            "select ra from {}, stars",
            "select s.ra from stars as s join {} on s.ra = 1",
            "select s.ra from stars as s natural join {}",
            "select ra from stars left outer join {} using (ra)",
            "select ra from (stars join {} using (ra))",
        )
    ).replace("{}", sting)


def _valued(rng: Random, sting: str) -> str:
    """Return a query of which one value is the sting."""
    return rng.choice(
        (
            "select {} from stars",
            "select ra, {} as x from stars",
            "select distinct top 5 {} from stars",
            "select abs({}) from stars",
            "select ra from stars where {} = 1",
            "select ra from stars where ra > 1 and ({}) is null",
            "select ra from stars where ra in (1, {})",
            "select ra from stars where ra between 1 and {}",
            "select count(*) from stars group by {}",
            "select count(*) from stars group by ra having max({}) > 1",
            "select ra from stars order by ra, {}",
            "select s.ra from stars as s join raw.apogee as t on {} = s.ra",
            "select point({}, dec) from stars",
            "select coalesce({}, 1) from stars",
            "select cast({} as varchar) from stars",
            "select ra || {} from stars",
        )
    ).replace("{}", sting)


def wrapped(rng: Random, query: str) -> str:
    """Return a query of ADQL around another one."""
    return rng.choice(
        (
            "{}",
            "({})",
            "select * from ({}) as q",
            "select ra from stars, ({}) q where stars.ra = 1",
            "select ra from stars where ra in ({})",
            "select ra from stars where not exists ({})",
            "select ra from stars union ({})",
            "({}) except all select ra from stars",
            "select ra from stars join (select * from ({}) as i) as o using (ra)",
        )
    ).replace("{}", query)


def _statement(rng: Random) -> str:
    """Return a statement, alone or behind or before a query."""
    statement = rng.choice(STATEMENTS)
    good = "select ra from stars"
    apart = ("{s}", "{s};", ";{s}", "{q}; {s}", "{s}; {q}", "{q};; {s};")
    # A word alone within a query would be a name there.
    within = (
        "{q} {s}",
        "({s})",
        "{q} union {s}",
        "with t as ({s}) select * from t",
        "explain {s}",
        "{q} where ra in ({s})",
        "select * from ({s}) as q",
    )
    forms = (*apart, *within) if " " in statement else apart
    return rng.choice(forms).format(
        s=statement.replace("{", "{{").replace("}", "}}"), q=good
    )


def _spelled(rng: Random, query: str) -> str:
    """Return a query in another spelling, its quotes left alone."""
    case: Callable[[str], str] = rng.choice((str, str.upper, str.swapcase, str.title))
    is_alike = rng.random() < 0.1
    is_strange = rng.random() < 0.1
    out, quote = [], ""
    for letter in query:
        if quote:
            quote = "" if letter == quote else quote
            out.append(letter)
        elif letter in "'\"$":
            quote = letter if letter != "$" else ""
            out.append(letter)
        elif letter == " ":
            chance = rng.random()
            if is_strange and chance < 0.3:
                out.append(rng.choice(STRANGE))
            else:
                out.append(rng.choice(SPACES) if chance < 0.3 else " ")
        elif is_alike and letter in ALIKE and rng.random() < 0.2:
            out.append(rng.choice(ALIKE[letter]))
        else:
            out.append(case(letter))
    return "".join(out)


def hostile(seed: int, n: int) -> Iterator[str]:
    """Yield queries, none of which may be carried out.

    Parameters
    ----------
    seed : int
        Queries of one seed are the same each time.
    n : int
        How many.
    """
    rng = Random(seed)
    for _ in range(n):
        kind = rng.randrange(8)
        if kind < 3:
            query = _within(rng, _source(rng))
        elif kind < 5:
            query = _valued(rng, rng.choice(EXPRESSIONS))
        elif kind == 5:
            query = f"select ra from stars {rng.choice(CLAUSES)}"
        else:
            query = _statement(rng)
        levels = rng.choice((0, 0, 1, 1, 2, 3))
        # In parentheses behind IN, a word alone is the name of a column.
        for _ in range(0 if query.isalpha() else levels):
            query = wrapped(rng, query)
        if rng.random() < 0.1:
            query = f"with h as ({query}) select * from h"
        yield _spelled(rng, query)
