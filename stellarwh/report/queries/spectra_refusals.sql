-- Files of spectra that were refused, and why: the first of each survey, but for those that are
-- held as spectra of another one.
with held as (
    select distinct sha256
    from raw.spectra
    where refusal is null and sha256 is not null
)

select
    spectra.survey,
    parse_filename(spectra.file) as file,
    replace(spectra.refusal, spectra.file, parse_filename(spectra.file)) as refusal
from raw.spectra as spectra
anti join held on spectra.sha256 = held.sha256
where spectra.refusal is not null
qualify
    row_number() over (
        partition by spectra.survey order by spectra.file, spectra.spectrum_number
    ) <= 20
order by spectra.survey, spectra.file, spectra.spectrum_number
