-- polygon_holds(polygon, ra, dec): whether a polygon on the sky holds a position. A polygon is a
-- list of its corners, longitude and latitude of each in turn, in degrees. Its sides are great
-- circles, and its inside is the smaller of the parts into which they cut the sky.
--     select star_id from main.stars where polygon_holds([56, 23, 58, 23, 57, 25], ra, "dec");
-- polygon_area(polygon): in square degrees; polygon_centroid(polygon): [ra, dec] of the centroid
-- of its area; polygon_distance(polygon, ra, dec): degrees from a position to the nearest side.
-- polygon_holds_circle, polygon_meets_circle(polygon, circle): whether it holds or touches a
-- circle, a list of longitude, latitude and radius; circle_holds_polygon(circle, polygon);
-- polygon_holds_polygon, polygon_meets_polygon(polygon, other). circle_area(radius).
-- sky_box(ra, dec, width, height): the polygon whose sides are at right angles to the ends of a
-- cross around a position (BOX of ADQL 2.1): a rectangle in the gnomonic projection.
--
-- direction(ra, dec): unit vector. scalar(a, b), triple(a, b, c): products of vectors, the second
-- the volume that they span. polygon_sides(polygon): the two ends of each side, as vectors.
create or replace macro direction(ra, "dec") as [
    cos_dec("dec") * cos(radians(ra)), cos_dec("dec") * sin(radians(ra)), sin(radians("dec"))
];

create or replace macro scalar(a, b) as a[1] * b[1] + a[2] * b[2] + a[3] * b[3];

create or replace macro crossed(a, b) as [
    a[2] * b[3] - a[3] * b[2], a[3] * b[1] - a[1] * b[3], a[1] * b[2] - a[2] * b[1]
];

create or replace macro triple(a, b, c) as
    a[1] * (b[2] * c[3] - b[3] * c[2])
    + a[2] * (b[3] * c[1] - b[1] * c[3])
    + a[3] * (b[1] * c[2] - b[2] * c[1]);

create or replace macro polygon_sides(polygon) as
    list_transform(
        [
            list_transform(
                range(len(polygon) // 2),
                lambda stellarwh_i: direction(
                    polygon[2 * stellarwh_i + 1]::double, polygon[2 * stellarwh_i + 2]::double
                )
            )
        ],
        lambda stellarwh_c: list_transform(
            range(1, len(stellarwh_c) + 1),
            lambda stellarwh_i: [
                stellarwh_c[stellarwh_i], stellarwh_c[stellarwh_i % len(stellarwh_c) + 1]
            ]
        )
    )[1];

-- In steradian, positive where the corners go counterclockwise as seen from outside the sphere:
-- the triangles of each side and the first corner (van Oosterom & Strackee 1983, IEEE Trans.
-- Biomed. Eng. 30, 125).
create or replace macro signed_area(sides) as
    list_sum(list_transform(sides, lambda stellarwh_s: 2 * atan2(
        triple(sides[1][1], stellarwh_s[1], stellarwh_s[2]),
        1
        + scalar(sides[1][1], stellarwh_s[1])
        + scalar(stellarwh_s[1], stellarwh_s[2])
        + scalar(stellarwh_s[2], sides[1][1])
    )));

-- 1 or -1; of an area of more than half the sky it is the other side that is meant.
create or replace macro turning(area) as
    case when abs(area) <= 2 * pi() then sign(area) else -sign(area) end;

create or replace macro polygon_area(polygon) as
    list_transform(
        [abs(signed_area(polygon_sides(polygon)))],
        lambda stellarwh_a: least(stellarwh_a, 4 * pi() - stellarwh_a)
        * pow(degrees(1::double), 2)
    )[1];

create or replace macro circle_area(radius) as
    4 * pi() * pow(sin(radians(radius / 2)), 2) * pow(degrees(1::double), 2);

-- How far the sides turn around a position, seen from there: once for one that is inside.
create or replace macro winding(sides, place) as
    list_sum(list_transform(sides, lambda stellarwh_s: atan2(
        triple(place, stellarwh_s[1], stellarwh_s[2]),
        scalar(stellarwh_s[1], stellarwh_s[2])
        - scalar(stellarwh_s[1], place) * scalar(stellarwh_s[2], place)
    )));

create or replace macro polygon_holds(polygon, ra, "dec") as
    list_transform(
        [polygon_sides(polygon)],
        lambda stellarwh_sides: turning(signed_area(stellarwh_sides))
        * winding(stellarwh_sides, direction(ra, "dec")) > pi()
    )[1];

create or replace macro polygon_centroid(polygon) as
    list_transform(
        list_transform(
            [polygon_sides(polygon)],
            lambda stellarwh_sides: list_transform(
                [1, 2, 3],
                lambda stellarwh_i: turning(signed_area(stellarwh_sides)) * list_sum(
                    list_transform(
                        stellarwh_sides,
                        lambda stellarwh_s: list_transform(
                            [crossed(stellarwh_s[1], stellarwh_s[2])],
                            lambda stellarwh_x: case
                                when scalar(stellarwh_x, stellarwh_x) = 0 then 0::double
                                else stellarwh_x[stellarwh_i]
                                / sqrt(scalar(stellarwh_x, stellarwh_x))
                                * atan2(
                                    sqrt(scalar(stellarwh_x, stellarwh_x)),
                                    scalar(stellarwh_s[1], stellarwh_s[2])
                                )
                            end
                        )[1]
                    )
                )
            )
        ),
        lambda stellarwh_m: [
            longitude_of(stellarwh_m[1], stellarwh_m[2]),
            latitude_of(stellarwh_m[1], stellarwh_m[2], stellarwh_m[3])
        ]
    )[1];

-- vector_angle(a, b): degrees between two directions.
-- side_distance(side, place): to the great circle where the foot lies on the side, else to an end.
create or replace macro vector_angle(a, b) as
    degrees(atan2(sqrt(scalar(crossed(a, b), crossed(a, b))), scalar(a, b)));

create or replace macro side_distance(side, place) as
    list_transform(
        [crossed(side[1], side[2])],
        lambda stellarwh_n: case
            when
                scalar(stellarwh_n, stellarwh_n) > 0
                and triple(stellarwh_n, side[1], place) >= 0
                and triple(side[2], stellarwh_n, place) >= 0
                then degrees(asin(least(
                    abs(scalar(stellarwh_n, place)) / sqrt(scalar(stellarwh_n, stellarwh_n)),
                    1::double
                )))
            else least(vector_angle(side[1], place), vector_angle(side[2], place))
        end
    )[1];

create or replace macro polygon_distance(polygon, ra, "dec") as
    list_min(list_transform(
        polygon_sides(polygon),
        lambda stellarwh_s: side_distance(stellarwh_s, direction(ra, "dec"))
    ));

create or replace macro polygon_holds_circle(polygon, circle) as
    polygon_holds(polygon, circle[1], circle[2])
    and polygon_distance(polygon, circle[1], circle[2]) >= circle[3];

create or replace macro polygon_meets_circle(polygon, circle) as
    polygon_holds(polygon, circle[1], circle[2])
    or polygon_distance(polygon, circle[1], circle[2]) <= circle[3];

-- Nothing of it lies nearer to the point opposite the centre than the circle leaves free.
create or replace macro circle_holds_polygon(circle, polygon) as
    not polygon_holds(polygon, circle[1] + 180, -circle[2])
    and polygon_distance(polygon, circle[1] + 180, -circle[2])
    >= 180::double - circle[3] - 1e-12::double;

-- sides_cross(a, b): whether two sides cross, not only touch.
create or replace macro sides_cross(a, b) as
    triple(a[1], a[2], b[1]) * triple(a[1], a[2], b[2]) < 0
    and triple(b[1], b[2], a[1]) * triple(b[1], b[2], a[2]) < 0
    and triple(a[1], a[2], b[1]) * triple(b[1], b[2], a[1]) < 0;

create or replace macro polygons_cross(polygon, other) as
    list_transform(
        [polygon_sides(polygon)],
        lambda stellarwh_a: list_contains(
            flatten(list_transform(
                polygon_sides(other),
                lambda stellarwh_b: list_transform(
                    stellarwh_a, lambda stellarwh_s: sides_cross(stellarwh_s, stellarwh_b)
                )
            )),
            true
        )
    )[1];

-- corners_held(polygon, other): for each corner of the other whether it lies in the polygon.
create or replace macro corners_held(polygon, other) as
    list_transform(
        range(len(other) // 2),
        lambda stellarwh_i: polygon_holds(
            polygon, other[2 * stellarwh_i + 1], other[2 * stellarwh_i + 2]
        )
    );

create or replace macro polygon_holds_polygon(polygon, other) as
    not list_contains(corners_held(polygon, other), false)
    and not polygons_cross(polygon, other);

create or replace macro polygon_meets_polygon(polygon, other) as
    list_contains(corners_held(polygon, other), true)
    or list_contains(corners_held(other, polygon), true)
    or polygons_cross(polygon, other);

-- box_corner(ra, dec, x, y): the position at x east and y north in the gnomonic projection.
create or replace macro box_corner(ra, "dec", x, y) as [
    ra::double + degrees(atan2(x, cos_dec("dec") - y * sin(radians("dec")))),
    degrees(atan2(
        sin(radians("dec")) + y * cos_dec("dec"),
        sqrt(pow(x, 2) + pow(cos_dec("dec") - y * sin(radians("dec")), 2))
    ))
];

create or replace macro sky_box(ra, "dec", width, height) as
    list_transform(
        [[tan(radians(width / 2)), tan(radians(height / 2))]],
        lambda stellarwh_t: flatten([
            box_corner(ra, "dec", -stellarwh_t[1], -stellarwh_t[2]),
            box_corner(ra, "dec", stellarwh_t[1], -stellarwh_t[2]),
            box_corner(ra, "dec", stellarwh_t[1], stellarwh_t[2]),
            box_corner(ra, "dec", -stellarwh_t[1], stellarwh_t[2])
        ])
    )[1];
