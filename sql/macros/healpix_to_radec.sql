-- healpix_to_radec(healpix_order, cell): the centre of a nested cell, a struct of ra and dec in
-- degrees, ra in 0..360; NULL where the order lies outside 0..29 or has no such cell.
--     select unnest(healpix_to_radec(9, 12345));
-- healpix_ra(healpix_order, cell), healpix_dec(healpix_order, cell): one of the two.
--
-- The way of healpix_nested back, in whole numbers as far as it goes. With x and y the place
-- inside the base cell, east = x - y and north = x + y + 1 - row * side count from its middle
-- meridian and from the equator. In the belt (|north| <= side) sin dec = 2/3 north / side; in
-- the caps the ring 2 side - |north|, counted from the pole, is side * sqrt(6) * the sine of
-- half the distance from the pole.
-- healpix_axis(bits): every second bit of a number, moved together: x, or y of bits >> 1.
create or replace macro healpix_together(bits, places, keep) as
    (bits | (bits >> places)) & keep;

create or replace macro healpix_axis(bits) as
    list_transform(
        [
            healpix_together(
                healpix_together(bits & 6148914691236517205, 1, 3689348814741910323),
                2,
                1085102592571150095
            )
        ],
        lambda b: healpix_together(
            healpix_together(
                healpix_together(b, 4, 71777214294589695), 8, 281470681808895
            ),
            16,
            4294967295
        )
    )[1];

-- Of a base cell: its middle meridian in eighths of the sky. Only west of RA 0 would ra be
-- negative: there it is 8, not 0.
create or replace macro healpix_meridian(face, east) as
    case
        when face = 4 and east < 0 then 8
        else 2 * (face & 3) + 1 - ((face >> 2) & 1)
    end;

create or replace macro healpix_to_radec(healpix_order, cell) as
    list_transform(
        list_transform(
            list_transform(
                [healpix_valid_cell(healpix_order, cell)],
                lambda stellarwh_cell: [
                    1::bigint << healpix_valid_order(healpix_order),
                    stellarwh_cell >> (2 * healpix_valid_order(healpix_order)),
                    healpix_axis(
                        stellarwh_cell
                        & (3 * healpix_mask(healpix_valid_order(healpix_order)))
                    ),
                    healpix_axis(
                        (
                            stellarwh_cell
                            & (3 * healpix_mask(healpix_valid_order(healpix_order)))
                        ) >> 1
                    )
                ]
            ),
            -- side, base cell, x, y
            lambda a: [
                a[1], a[2], a[3] - a[4], a[3] + a[4] + 1 - (a[2] >> 2) * a[1]
            ]
        ),
        -- side, base cell, east, north
        lambda b: case
            when b[2] is not null
                then {
                    'ra': 45e0 * (
                        healpix_meridian(b[2], b[3])
                        + b[3] / least(b[1], 2 * b[1] - abs(b[4]))::double
                    ),
                    'dec': case
                        when abs(b[4]) <= b[1] then degrees(asin(2 * b[4] / (3e0 * b[1])))
                        else sign(b[4]) * (
                            90e0 - 2 * degrees(
                                asin((2 * b[1] - abs(b[4])) / (2.449489742783178e0 * b[1]))
                            )
                        )
                    end
                }
        end
    )[1];

create or replace macro healpix_ra(healpix_order, cell) as
    healpix_to_radec(healpix_order, cell).ra;

create or replace macro healpix_dec(healpix_order, cell) as
    healpix_to_radec(healpix_order, cell)."dec";
