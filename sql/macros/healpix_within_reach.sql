-- healpix_within_reach(healpix_order, healpix, reach): the nested cells of an order that may hold
-- a place within reach (arcsec) of the cell of order 29 `healpix`: its own, then those of its
-- neighbours that lie no further, in their usual order. Some may lie up to 1.5 times as far, 3
-- times at a corner; none is missed, as long as the cells are wider than reach (NULL where they
-- are not, or an order or a cell is none).
-- healpix_reach(reach): how far that is along an axis of the cells of order 29. A path of so many
-- radians crosses at most sqrt(1.5 (1 + 4 / pi^2)) times as many sides of a cell of order 0: the
-- cells are narrowest at the poles.
create or replace macro healpix_reach(reach) as
    try_cast(
        ceil(
            radians(reach / 3600e0)
            * 536870912e0
            * sqrt(1.5e0 * (1e0 + 4e0 / (pi() * pi())))
        ) as bigint
    ) + 1;

-- Within the cell even bits are x, odd ones y; spread bits compare as the numbers do.
create or replace macro healpix_within_reach(healpix_order, healpix, reach) as
    list_transform(
        list_transform(
            [
                [
                    healpix_parent(29, healpix, healpix_order),
                    healpix & healpix_mask(29 - healpix_valid_order(healpix_order)),
                    (healpix >> 1) & healpix_mask(29 - healpix_valid_order(healpix_order)),
                    healpix_spread(healpix_reach(reach)),
                    healpix_spread(
                        (1::bigint << (29 - healpix_valid_order(healpix_order)))
                        - healpix_reach(reach)
                    )
                ]
            ],
            lambda a: [
                a[1],
                case when a[2] < a[4] then 1 end,
                case when a[2] >= a[5] then 1 end,
                case when a[3] < a[4] then 1 end,
                case when a[3] >= a[5] then 1 end
            ]
        ),
        lambda b: case
            when
                b[1] is not null
                and reach >= 0
                and healpix_reach(reach) <= 1::bigint << (29 - healpix_valid_order(healpix_order))
                then list_filter(
                    [
                        b[1],
                        b[2] * healpix_neighbour(healpix_order, b[1], -1, 0),
                        b[2] * b[5] * healpix_neighbour(healpix_order, b[1], -1, 1),
                        b[5] * healpix_neighbour(healpix_order, b[1], 0, 1),
                        b[3] * b[5] * healpix_neighbour(healpix_order, b[1], 1, 1),
                        b[3] * healpix_neighbour(healpix_order, b[1], 1, 0),
                        b[3] * b[4] * healpix_neighbour(healpix_order, b[1], 1, -1),
                        b[4] * healpix_neighbour(healpix_order, b[1], 0, -1),
                        b[2] * b[4] * healpix_neighbour(healpix_order, b[1], -1, -1)
                    ],
                    lambda stellarwh_cell: stellarwh_cell is not null
                )
        end
    )[1];
