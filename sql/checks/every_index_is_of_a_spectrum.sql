-- Every row of raw.spectral_indices is of one spectrum that went in, and has a value or a reason
-- why it has none, not both.
-- severity: fail
select
    found.survey,
    found.spectrum_id,
    found.index_name,
    count(spectra.survey) as n_spectra,
    any_value(found.value) as value,
    any_value(found.reason) as reason
from raw.spectral_indices as found
left join raw.spectra as spectra
    on
        found.survey = spectra.survey
        and found.spectrum_id = spectra.spectrum_id
        and spectra.refusal is null
group by found.survey, found.spectrum_id, found.index_name
having
    count(*) <> 1
    or count(spectra.survey) <> 1
    or (any_value(found.value) is null) = (any_value(found.reason) is null);
