-- angular_separation(ra1, dec1, ra2, dec2): great-circle distance of two positions, all in
-- degrees, in arcsec; Vincenty's formula, which is accurate from 0 to 180 degrees.
create or replace macro angular_separation(ra1, dec1, ra2, dec2) as
    3600::double * degrees(atan2(
        sqrt(
            pow(cos(radians(dec2::double)) * sin(radians(ra2::double - ra1::double)), 2)
            + pow(
                cos(radians(dec1::double)) * sin(radians(dec2::double))
                - sin(radians(dec1::double)) * cos(radians(dec2::double))
                * cos(radians(ra2::double - ra1::double)),
                2
            )
        ),
        sin(radians(dec1::double)) * sin(radians(dec2::double))
        + cos(radians(dec1::double)) * cos(radians(dec2::double))
        * cos(radians(ra2::double - ra1::double))
    ));
