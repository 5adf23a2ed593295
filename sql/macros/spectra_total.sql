-- spectra_total(sha256, spectrum_number): a number, as text, of a set of spectra that does not
-- depend on their order: an aggregate of the first 15 hexadecimal digits of the SHA-256 of each
-- file times the place of the spectrum in it. Another set has the same by a chance of 1e-18.
create or replace macro spectra_total(sha256, spectrum_number) as
    sum(('0x' || left(sha256, 15))::bigint::hugeint * spectrum_number)::varchar;
