-- healpix_nested(healpix_order, ra, dec): the HEALPix cell, numbered nested, that holds
-- a position in degrees, for orders 0 to 29; NULL where the position is NULL, NaN or
-- infinite, where dec lies outside -90..90 or the order outside 0..29. ra may be any
-- number: it is wrapped to 0..360.
--
-- Method: Gorski et al. 2005 (ApJ 622, 759), without a case distinction. With t the part
-- of the way through its quarter of the sky (0 at RA 0, 90, 180, 270), a scale
-- s = least(1, sqrt(3 (1 - |sin dec|))), and a height y = 3/4 sin dec in the belt and
-- +-(1 - s/2) in the caps, the numbers u = 1 + (t - 1/2) s + y and v = 1 + (t - 1/2) s - y
-- lie in 0..2. Their whole parts tell the base cell; the fractions of u and 1 - v are
-- x and y inside it. A position exactly on an edge belongs to the cell of larger u and v,
-- which is the one further east; at a pole, ra tells which.
--
-- The macros below are its parts; 90e0 is how a DOUBLE is written. A lambda over a list of
-- one value is how SQL names a value that is used more than once: the macro's text would
-- be copied otherwise.

-- sqrt(3 (1 - |sin dec|)) as a sine of half the distance from the pole: no digits lost.
create or replace macro healpix_scale("dec") as
    least(1e0, 2.449489742783178e0 * sin(radians((90e0 - abs("dec")) / 2e0)));

create or replace macro healpix_height("dec") as
    least(greatest(0.75e0 * sin(radians("dec")), -0.5e0), 0.5e0)
    + sign("dec") * (0.5e0 - 0.5e0 * healpix_scale("dec"));

create or replace macro healpix_quarter(ra) as
    floor((ra % 360e0) / 90e0);

create or replace macro healpix_across(ra, "dec") as
    (
        ((ra % 360e0) - 90e0 * healpix_quarter(ra)) / 90e0
        - 0.5e0
    ) * healpix_scale("dec");

-- A number of 0..2 in steps of 2^-29; rounding may take it to the far end itself.
create or replace macro healpix_steps(number) as
    least(greatest(try_cast(floor(536870912e0 * (number)) as bigint), 0), 1073741823);

-- Bits 0-29: u; 30-31: quarter of the sky; 32-61: v counted down.
create or replace macro healpix_packed(ra, "dec") as
    healpix_steps(1e0 + healpix_across(ra, "dec") + healpix_height("dec"))
    + (try_cast(healpix_quarter(ra) as bigint) & 3) * 1073741824
    + (
        1073741823
        - healpix_steps(1e0 + healpix_across(ra, "dec") - healpix_height("dec"))
    ) * 4294967296
    -- NULL beyond the poles, where the floor is negative.
    + 0 * try_cast(floor(90e0 - abs("dec")) as utinyint);

-- Swaps the bits in move with those that lie further up by so many places: where the two
-- differ, both change. Multiplying is several times faster than <<, which checks for overflow.
create or replace macro healpix_swap(bits, move, places) as
    xor(
        bits,
        (xor(bits, bits >> places) & move) * ((1::bigint << places) + 1)
    );

create or replace macro healpix_apart(bits, factor, mask) as
    (bits | (bits * factor)) & mask;

-- Bit i of a number below 2^29 moves to bit 2i: halves move apart by 16, 8, 4, 2 and 1
-- bits in turn. Multiplying is several times faster than << (which checks for overflow).
create or replace macro healpix_spread(number) as
    list_transform(
        [
            healpix_apart(
                healpix_apart(number, 65536, 281470681808895), 256, 71777214294589695
            )
        ],
        lambda b: healpix_apart(
            healpix_apart(
                healpix_apart(b, 16, 1085102592571150095), 4, 3689348814741910323
            ),
            2,
            6148914691236517205
        )
    )[1];

-- Swapping ever shorter runs of bits interleaves the two halves of the packed number (a
-- perfect shuffle); the last swap is one with the numbering of the base cells.
create or replace macro healpix_nested(healpix_order, ra, "dec") as
    list_transform(
        list_transform(
            list_transform(
                list_transform(
                    list_transform(
                        [healpix_packed(ra, "dec")],
                        lambda p: healpix_swap(p, 4294901760, 16)
                    ),
                    lambda p: healpix_swap(p, 280375465148160, 8)
                ),
                lambda p: healpix_swap(p, 67555025218437360, 4)
            ),
            lambda p: healpix_swap(p, 868082074056920076, 2)
        ),
        lambda p:
            -- Now 60-61: quarter, 59 and 57: whole parts of v (counted down) and u. Base
            -- cell: column of the sky (one further east in the belt where both whole
            -- parts are 1), then row: 0 north, 1 belt, 2 south.
            (((p >> 60) + ((p >> 57) & (1 - ((p >> 59) & 1)))) & 3) * 288230376151711744
            + (2 - ((p >> 57) & 1) - ((p >> 59) & 1)) * 1152921504606846976
            + (healpix_swap(p, 2459565876494606882, 1) & 288230376151711743)
    )[1] >> try_cast(58 - 2 * try_cast(healpix_order as utinyint)::integer as utinyint);
