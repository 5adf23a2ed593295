-- rjce_extinction(h_mag, w2_mag): A_Ks in mag by the Rayleigh-Jeans colour excess method,
-- 0.918 (H - W2 - 0.05) for WISE W2 (Zasowski et al. 2013), not below zero; NULL where a
-- magnitude is. The intrinsic colour holds for giants and for most stars hotter than M.
create or replace macro rjce_extinction(h_mag, w2_mag) as
    case
        when h_mag is not null and w2_mag is not null
            then greatest(0.918 * (h_mag - w2_mag - 0.05), 0.0)
    end;
