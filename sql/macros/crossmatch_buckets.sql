-- crossmatch_bucket(ra, dec, radius): the bucket that a row of the right side is in, as
-- crossmatch_zones has them, but in cells of any size: a number made of zone and cell. Two
-- buckets may share a number: what is in them is compared all the same.
-- crossmatch_buckets_around(ra, dec, radius): those in which a row of the left side may have
-- a partner within the radius, one to four of them.
-- crossmatch_fine(radius): the height of a zone and the width of its cells on the sky in
-- degrees; not below 2e-11 (7e-8 arcsec), or positions near 360 degrees, which have 17 digits,
-- could not be told to be in one of two cells.
create or replace macro crossmatch_fine(radius) as
    greatest(4::double * radius::double / 3600::double, 2e-11::double);

create or replace macro crossmatch_bucket(ra, "dec", radius) as
    list_transform(
        [floor(("dec" + 90::double) / crossmatch_fine(radius))],
        lambda stellarwh_zone: list_transform(
            [crossmatch_cells_of(stellarwh_zone, radius, crossmatch_fine(radius))],
            lambda stellarwh_cells: hash(
                stellarwh_zone,
                least(floor(ra * stellarwh_cells / 360::double), stellarwh_cells - 1)
            )
        )[1]
    )[1];

create or replace macro crossmatch_buckets_around(ra, "dec", radius) as
    list_distinct(flatten(list_transform(
        [
            floor(
                ("dec" - radius / 3600::double - 1e-12::double + 90::double)
                / crossmatch_fine(radius)
            ),
            floor(
                ("dec" + radius / 3600::double + 1e-12::double + 90::double)
                / crossmatch_fine(radius)
            )
        ],
        lambda stellarwh_zone: flatten(list_transform(
            [[
                crossmatch_cells_of(stellarwh_zone, radius, crossmatch_fine(radius)),
                crossmatch_width_of(stellarwh_zone, radius, crossmatch_fine(radius))
            ]],
            lambda stellarwh_cells: [
                hash(
                    stellarwh_zone,
                    (
                        floor((ra - stellarwh_cells[2]) * stellarwh_cells[1] / 360::double)
                        + stellarwh_cells[1]
                    ) % stellarwh_cells[1]
                ),
                hash(
                    stellarwh_zone,
                    floor((ra + stellarwh_cells[2]) * stellarwh_cells[1] / 360::double)
                    % stellarwh_cells[1]
                )
            ]
        ))
    )));
