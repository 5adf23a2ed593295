-- a_j_per_ks(), a_h_per_ks(): extinction in J and H in units of A_Ks, 2.5 and 1.55 (A_H / A_Ks as
-- RJCE takes it). a_ks_per_ebv(): A_Ks / E(B-V) of a true E(B-V), 0.36. What dereddens takes
-- them from here; Gaia's bands, which depend on the colour, are in gaia_r_g.
create or replace macro a_j_per_ks() as 2.5;

create or replace macro a_h_per_ks() as 1.55;

create or replace macro a_ks_per_ebv() as 0.36;
