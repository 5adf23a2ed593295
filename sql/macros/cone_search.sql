-- cone_search(table_name, ra, dec, radius_arcsec): the rows of a table within a radius of a
-- position in degrees, with their separation (arcsec); complete at the poles, across RA 0
-- and for any radius. The table or view, named as text, has the columns ra, dec and healpix
-- (order 29, as ingest writes it):
--     from cone_search('main.stars', 56.75, 24.12, 3600) order by separation;
-- The cells that the cone can touch (the centre's own and up to three neighbours, see
-- crossmatch) are up to four ranges of healpix, so in a table clustered by it DuckDB reads
-- only the row groups that hold them. DuckDB prunes by constants only, so the macro writes
-- them into a query; in an expression they would be worked out anew for each bound.
-- cone_condition(cell, x_edge, y_edge, radius): those ranges as a condition.
create or replace macro cone_condition(cell, x_edge, y_edge, radius) as
    array_to_string(
        list_transform(
            [
                cell,
                case
                    when x_edge <> 0
                        then healpix_neighbour(crossmatch_order(radius), cell, x_edge, 0)
                end,
                case
                    when y_edge <> 0
                        then healpix_neighbour(crossmatch_order(radius), cell, 0, y_edge)
                end,
                case
                    when x_edge <> 0 and y_edge <> 0
                        then healpix_neighbour(crossmatch_order(radius), cell, x_edge, y_edge)
                end
            ],
            lambda c: format(
                'healpix between {} and {}',
                c * (1::bigint << crossmatch_shift(radius)),
                c * (1::bigint << crossmatch_shift(radius))
                + ((1::bigint << crossmatch_shift(radius)) - 1)
            )
        ),
        ' or '
    );

create or replace macro cone_query(table_name, ra, "dec", radius) as
    format(
        'select *, angular_separation({}, {}, ra, dec) as separation '
        || 'from query_table(''{}'') where ({}) and separation <= {}',
        ra::double,
        "dec"::double,
        replace(table_name, '''', ''''''),
        list_transform(
            list_transform(
                [healpix_nested(29, ra, "dec")],
                lambda h: [
                    h >> crossmatch_shift(radius),
                    crossmatch_edge(
                        h,
                        healpix_mask(crossmatch_shift(radius) // 2),
                        healpix_spread(crossmatch_margin(radius))
                    ),
                    crossmatch_edge(
                        h,
                        2 * healpix_mask(crossmatch_shift(radius) // 2),
                        2 * healpix_spread(crossmatch_margin(radius))
                    )
                ]
            ),
            lambda e: cone_condition(e[1], e[2], e[3], radius)
        )[1],
        radius::double
    );

create or replace macro cone_search(table_name, centre_ra, centre_dec, radius_arcsec) as table
select * from query(cone_query(table_name, centre_ra, centre_dec, radius_arcsec));
