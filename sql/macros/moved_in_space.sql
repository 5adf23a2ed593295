-- moved_in_space(ra, dec, parallax, pmra, pmdec, radial_velocity, epoch_from, epoch_to): where a
-- star that moves straight and evenly stands and how it moves at another epoch (years), as a
-- list: ra, dec (degrees), parallax (mas), pmra with cos dec, pmdec (mas/yr), radial velocity
-- (km/s). The standard model of stellar motion, ESA SP-1200 vol. 1, 1.5.5, perspective
-- acceleration included. Without a parallax above 0 or a radial velocity, which are NULL then,
-- the star moves on the sphere. NULL without position, motion or epochs.
--     select moved_in_space(269.452, 4.693, 546.98, -801.55, 10362.4, -110.5, 2016, 2050);
-- space_rate(parallax, radial_velocity): the radial velocity over the distance, radians a year;
-- 4.740470446 km/s is one astronomical unit a year.
create or replace macro space_rate(parallax, radial_velocity) as
    coalesce(
        radians(
            case when parallax > 0 then parallax end
            * radial_velocity / 4.740470446e0 / 3600000::double
        ),
        0::double
    );

-- position_east(ra), position_north(ra, dec): the directions of growing ra and dec.
create or replace macro position_east(ra) as
    [-sin(radians(ra)), cos(radians(ra)), 0::double];

create or replace macro position_north(ra, "dec") as [
    -sin(radians("dec")) * cos(radians(ra)),
    -sin(radians("dec")) * sin(radians(ra)),
    cos_dec("dec")
];

create or replace macro moved_in_space(
    ra, "dec", parallax, pmra, pmdec, radial_velocity, epoch_from, epoch_to
) as
    list_transform(
        list_transform(
            list_transform(
                list_filter(
                    [
                        {
                            'r': direction(ra, "dec"),
                            'm': list_transform(
                                [1, 2, 3],
                                lambda stellarwh_i: radians(
                                    (
                                        position_east(ra)[stellarwh_i] * pmra
                                        + position_north(ra, "dec")[stellarwh_i] * pmdec
                                    ) / 3600000::double
                                )
                            ),
                            'z': space_rate(parallax, radial_velocity),
                            't': (epoch_to - epoch_from)::double
                        }
                    ],
                    lambda stellarwh_o: stellarwh_o.r[1] + stellarwh_o.m[3] + stellarwh_o.t
                    is not null
                ),
                lambda stellarwh_o: {
                    'r': stellarwh_o.r,
                    'm': stellarwh_o.m,
                    'z': stellarwh_o.z,
                    't': stellarwh_o.t,
                    'mm': scalar(stellarwh_o.m, stellarwh_o.m),
                    'f': 1 / sqrt(
                        1
                        + 2 * stellarwh_o.z * stellarwh_o.t
                        + (scalar(stellarwh_o.m, stellarwh_o.m) + pow(stellarwh_o.z, 2))
                        * pow(stellarwh_o.t, 2)
                    )
                }
            ),
            lambda stellarwh_o: {
                'u': list_transform(
                    [1, 2, 3],
                    lambda stellarwh_i: stellarwh_o.f * (
                        stellarwh_o.r[stellarwh_i] * (1 + stellarwh_o.z * stellarwh_o.t)
                        + stellarwh_o.m[stellarwh_i] * stellarwh_o.t
                    )
                ),
                'm': list_transform(
                    [1, 2, 3],
                    lambda stellarwh_i: pow(stellarwh_o.f, 3) * (
                        stellarwh_o.m[stellarwh_i] * (1 + stellarwh_o.z * stellarwh_o.t)
                        - stellarwh_o.r[stellarwh_i] * stellarwh_o.mm * stellarwh_o.t
                    )
                ),
                'z': pow(stellarwh_o.f, 2) * (
                    stellarwh_o.z
                    + (stellarwh_o.mm + pow(stellarwh_o.z, 2)) * stellarwh_o.t
                ),
                'f': stellarwh_o.f
            }
        ),
        lambda stellarwh_n: [
            longitude_of(stellarwh_n.u[1], stellarwh_n.u[2]),
            latitude_of(stellarwh_n.u[1], stellarwh_n.u[2], stellarwh_n.u[3]),
            case when parallax > 0 then parallax * stellarwh_n.f end,
            degrees(scalar(
                position_east(longitude_of(stellarwh_n.u[1], stellarwh_n.u[2])), stellarwh_n.m
            )) * 3600000::double,
            degrees(scalar(
                position_north(
                    longitude_of(stellarwh_n.u[1], stellarwh_n.u[2]),
                    latitude_of(stellarwh_n.u[1], stellarwh_n.u[2], stellarwh_n.u[3])
                ),
                stellarwh_n.m
            )) * 3600000::double,
            case
                when parallax > 0 and radial_velocity is not null
                    then degrees(stellarwh_n.z) * 3600000::double * 4.740470446e0
                    / (parallax * stellarwh_n.f)
            end
        ]
    )[1];
