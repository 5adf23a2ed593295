-- angular_separation(ra1, dec1, ra2, dec2): great-circle distance of two positions, all in
-- degrees, in arcsec: what Vincenty's formula gives, written with half angles. Its sine and
-- cosine are sums of terms that are never negative, so that no digits are lost, neither near
-- 0 nor near 180 degrees nor at the poles; and the order of the two positions does not
-- matter, to the last bit.
-- ra_difference(ra1, ra2): the way in right ascension, without rounding across RA 0.
-- cos_dec(dec): the cosine of a declination, all digits near the poles.
create or replace macro ra_difference(ra1, ra2) as
    case
        when abs(ra2::double - ra1::double) <= 180 then ra2::double - ra1::double
        when ra1::double < ra2::double then (ra2::double - 360::double) - ra1::double
        else ra2::double - (ra1::double - 360::double)
    end;

create or replace macro cos_dec("dec") as sin(radians(90::double - abs("dec"::double)));

create or replace macro angular_separation(ra1, dec1, ra2, dec2) as
    7200::double * degrees(atan2(
        sqrt(
            pow(sin(radians((dec2::double - dec1::double) / 2)), 2)
            + cos_dec(dec1) * cos_dec(dec2)
            * pow(sin(radians(ra_difference(ra1, ra2) / 2)), 2)
        ),
        sqrt(
            pow(sin(radians((dec2::double + dec1::double) / 2)), 2)
            + cos_dec(dec1) * cos_dec(dec2)
            * pow(cos(radians(ra_difference(ra1, ra2) / 2)), 2)
        )
    ));
