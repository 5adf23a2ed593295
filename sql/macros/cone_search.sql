-- cone_search(table_name, ra, dec, radius_arcsec): the rows of a table within a radius of a
-- position in degrees, with their separation (arcsec); complete at the poles, across RA 0
-- and for any radius. The table or view, named as text, has the columns ra, dec and healpix
-- (order 29, as ingest writes it):
--     from cone_search('main.stars', 56.75, 24.12, 3600) order by separation;
-- The cells that the cone can touch (the centre's own and up to three neighbours, see
-- crossmatch_buckets) are up to four ranges of healpix, so in a table clustered by it DuckDB
-- reads only the row groups that hold them. DuckDB prunes by constants only, so the macro
-- writes them into a query; in an expression they would be worked out anew for each bound.
-- cone_cells(ra, dec, radius): the first and the last healpix of each of those cells. Lists of
-- one value name what is used more than once: planning is most of what a search takes
-- (array_to_string, itself a macro, would double it).
create or replace macro cone_cells(ra, "dec", radius) as
    list_transform(
        [[
            healpix_nested(29, ra, "dec"),
            crossmatch_shift(radius),
            healpix_spread(crossmatch_margin(radius)),
            healpix_mask(crossmatch_shift(radius) // 2),
            crossmatch_order(radius)
        ]],
        lambda c: list_transform(
            list_distinct(list_transform(
                [[0, 0], [1, 0], [0, 1], [1, 1]],
                lambda s: healpix_neighbour(
                    c[5],
                    c[1] >> c[2],
                    s[1] * crossmatch_edge(c[1], c[4], c[3]),
                    s[2] * crossmatch_edge(c[1], 2 * c[4], 2 * c[3])
                )
            )),
            lambda cell: [cell * (1::bigint << c[2]), (cell + 1) * (1::bigint << c[2]) - 1]
        )
    )[1];

create or replace macro cone_query(table_name, ra, "dec", radius) as
    format(
        'select *, angular_separation({}, {}, ra, dec) as separation '
        || 'from query_table(''{}'') where ({}) and separation <= {}',
        ra::double,
        "dec"::double,
        replace(table_name, '''', ''''''),
        list_aggregate(
            list_transform(
                cone_cells(ra, "dec", radius),
                lambda c: format('healpix between {} and {}', c[1], c[2])
            ),
            'string_agg',
            ' or '
        ),
        radius::double
    );

create or replace macro cone_search(table_name, centre_ra, centre_dec, radius_arcsec) as table
select * from query(cone_query(table_name, centre_ra, centre_dec, radius_arcsec));
