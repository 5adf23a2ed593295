-- disagreement_factor(chi2, degrees): what the error of a mean is multiplied by where the values
-- that it is of disagree beyond chance (chi_square_limit): the root of chi2 over its degrees of
-- freedom (Birge 1932, as the Particle Data Group scales errors), else 1.
create or replace macro disagreement_factor(chi2, degrees) as
    case when chi2 > chi_square_limit(degrees) then sqrt(chi2 / degrees) else 1.0 end;
