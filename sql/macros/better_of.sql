-- better_of(value, err, n_surveys, chi2, sources, in_range, disagrees, learned): what
-- main.best_parameters has of a quantity: what was measured, or the learned entry (a struct of
-- value, err and task) where its error is below 0.8 of the measured one, or nothing was measured.
-- Where what was measured disagrees beyond chance it stays: its error is larger for it, and what
-- was learned from it is no better. kind says which, 'measured' or 'learned', NULL without either;
-- a learned one has its task as the source and is in range.
create or replace macro better_of(
    of_value, err, n_surveys, chi2, sources, in_range, disagrees, learned
) as
    case
        when
            learned."value" is not null
            and (of_value is null or (learned.err < 0.8 * err and not disagrees))
            then {
                'value': learned."value",
                'err': learned.err,
                'kind': 'learned',
                'n_surveys': null,
                'chi2': null,
                'sources': [learned.task],
                'in_range': true
            }
        else {
            'value': of_value,
            'err': err,
            'kind': case when of_value is not null then 'measured' end,
            'n_surveys': n_surveys,
            'chi2': chi2,
            'sources': sources,
            'in_range': in_range
        }
    end;
