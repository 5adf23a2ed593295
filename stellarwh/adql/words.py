"""The words that ADQL 2.1 keeps for itself, and what it has in place of others."""

__all__ = ["HABITS", "RESERVED", "SIGNS", "TYPES"]

# No name of a column or table unless in double quotes (ADQL 2.1, 2.1.2 and 2.1.3; the
# END-EXEC of SQL 92 is not one word here, but two that are divided by a minus).
_RESERVED = """
ABS ABSOLUTE ACOS ACTION ADD ALL ALLOCATE ALTER AND ANY ARE AREA AS ASC ASIN
ASSERTION AT ATAN ATAN2 AUTHORIZATION AVG BEGIN BETWEEN BIGINT BIT BIT_LENGTH
BOTH BOX BY CASCADE CASCADED CASE CAST CATALOG CEILING CENTROID CHAR CHARACTER
CHARACTER_LENGTH CHAR_LENGTH CHECK CIRCLE CLOSE COALESCE COLLATE COLLATION
COLUMN COMMIT CONNECT CONNECTION CONSTRAINT CONSTRAINTS CONTAINS CONTINUE
CONVERT COORD1 COORD2 COORDSYS CORRESPONDING COS COT COUNT CREATE CROSS CURRENT
CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURSOR DATE DAY
DEALLOCATE DECIMAL DECLARE DEFAULT DEFERRABLE DEFERRED DEGREES DELETE DESC
DESCRIBE DESCRIPTOR DIAGNOSTICS DISCONNECT DISTANCE DISTINCT DOMAIN DOUBLE DROP
ELSE END ESCAPE EXCEPT EXCEPTION EXEC EXECUTE EXISTS EXP EXTERNAL EXTRACT FALSE
FETCH FIRST FLOAT FLOOR FOR FOREIGN FOUND FROM FULL GET GLOBAL GO GOTO GRANT
GROUP HAVING HOUR IDENTITY ILIKE IMMEDIATE IN INDICATOR INITIALLY INNER INPUT
INSENSITIVE INSERT INT INTEGER INTERSECT INTERSECTS INTERVAL INTO IN_UNIT IS
ISOLATION JOIN KEY LANGUAGE LAST LEADING LEFT LEVEL LIKE LOCAL LOG LOG10 LOWER
MATCH MAX MIN MINUTE MOD MODULE MONTH NAMES NATIONAL NATURAL NCHAR NEXT NO NOT
NULL NULLIF NUMERIC OCTET_LENGTH OF OFFSET ON ONLY OPEN OPTION OR ORDER OUTER
OUTPUT OVERLAPS PAD PARTIAL PI POINT POLYGON POSITION POWER PRECISION PREPARE
PRESERVE PRIMARY PRIOR PRIVILEGES PROCEDURE PUBLIC RADIANS RAND READ REAL
REFERENCES REGION RELATIVE RESTRICT REVOKE RIGHT ROLLBACK ROUND ROWS SCHEMA
SCROLL SECOND SECTION SELECT SESSION SESSION_USER SET SIN SIZE SMALLINT SOME
SPACE SQL SQLCODE SQLERROR SQLSTATE SQRT SUBSTRING SUM SYSTEM_USER TABLE TAN
TEMPORARY THEN TIME TIMESTAMP TIMEZONE_HOUR TIMEZONE_MINUTE TO TOP TRAILING
TRANSACTION TRANSLATE TRANSLATION TRIM TRUE TRUNCATE UNION UNIQUE UNKNOWN UPDATE
UPPER USAGE USER USING VALUE VALUES VARCHAR VARYING VIEW WHEN WHENEVER WHERE
WITH WORK WRITE YEAR ZONE
"""
RESERVED = frozenset(_RESERVED.split())

# What CAST can make; CHAR and VARCHAR may be followed by a length in parentheses.
TYPES = (
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "REAL",
    "DOUBLE PRECISION",
    "CHAR",
    "VARCHAR",
    "TIMESTAMP",
    "POINT",
    "CIRCLE",
    "POLYGON",
)

# What other SQL has and ADQL has not, with what to write instead.
HABITS = {
    "LIMIT": "write TOP n behind SELECT",
    "FETCH": "write TOP n behind SELECT",
    "CASE": "there is no such choice; COALESCE, or a UNION of queries, may do",
    "CROSS": "write the tables with a comma between them",
    "EXTRACT": "compare with CAST('2026-01-31T00:00:00' AS TIMESTAMP)",
    "CURRENT_TIMESTAMP": "write CAST('2026-01-31T00:00:00' AS TIMESTAMP)",
    "SUBSTRING": "compare texts with LIKE",
    "TRIM": "compare texts with LIKE",
    "NULLIF": "there is no such function",
    "ANY": "write IN with a subquery",
    "SOME": "write IN with a subquery",
    "TRUE": "compare with a number or a text",
    "FALSE": "compare with a number or a text",
    "RECURSIVE": "WITH cannot refer to itself",
    "LATERAL": "a subquery in FROM cannot refer to its neighbours",
    "QUALIFY": "write a subquery in FROM and a condition around it",
    "OVER": "there are no window functions",
    "FILTER": "write the condition in WHERE",
    "NULLS": "order by another expression",
    "ESCAPE": "LIKE knows % and _ only",
    "VALUES": "upload a table",
    "UNNEST": "there are no table functions",
    "REGEXP": "write LIKE or ILIKE",
    "RLIKE": "write LIKE or ILIKE",
    "SIMILAR": "write LIKE or ILIKE",
    "GLOB": "write LIKE or ILIKE",
}
SIGNS = {
    "==": "write =",
    "::": "write CAST(value AS type)",
    "%": "write MOD(a, b)",
    "/*": "a comment begins with -- and ends with the line",
    "`": 'write a name in double quotes: "name"',
    "[": 'write a name in double quotes: "name"',
    "^": "write POWER(a, b)",
    "\N{RIGHT DOUBLE QUOTATION MARK}": 'write a plain "',
    "\N{LEFT DOUBLE QUOTATION MARK}": 'write a plain "',
    "\N{RIGHT SINGLE QUOTATION MARK}": "write a plain '",
    "\N{LEFT SINGLE QUOTATION MARK}": "write a plain '",
    "\N{MINUS SIGN}": "write a plain -",
    "\N{EN DASH}": "write a plain -",
    "\N{NO-BREAK SPACE}": "write a plain space",
    "&": "there are no bits here; see the functions has_bit and has_flag",
    "?": "write the value itself",
    "$": "write the value itself",
    "@": "there are no variables",
}
