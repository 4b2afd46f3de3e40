# SPDX-License-Identifier: GPL-3.0-or-later
#
# Rscript compare.R STORED FRESH: are the answers in two reference folders the same, to 1e-9 relative? Exit status 1 and the first
# differences if not.
folders <- commandArgs(trailingOnly = TRUE)
read <- function(folder, file) read.csv(file.path(folder, file), na.strings = "NA")
wrong <- 0
for (file in c("cases.csv", "reference.csv")) {
    stored <- read(folders[1], file)
    fresh <- read(folders[2], file)
    keys <- setdiff(names(stored), c("value", "time"))
    if (!identical(dim(stored), dim(fresh)) || !identical(stored[keys], fresh[keys])) {
        cat(file, ": other rows than stored\n", sep = "")
        wrong <- wrong + 1
        next
    }
    a <- stored[[if (file == "cases.csv") "time" else "value"]]
    b <- fresh[[if (file == "cases.csv") "time" else "value"]]
    # a cohort must be the same to the last bit; an answer may differ by rounding, around zero by 1e-12
    same <- if (file == "cases.csv") a == b else (is.na(a) & is.na(b)) | (!is.na(a) & !is.na(b) & abs(a - b) <= 1e-12 + 1e-9 * abs(a))
    if (any(!same)) {
        cat(file, ": ", sum(!same), " of ", length(same), " differ\n", sep = "")
        print(head(cbind(stored, fresh_value = b)[!same, ], 10))
        wrong <- wrong + 1
    }
}
if (wrong) quit(status = 1)
cat("R ", as.character(getRversion()), ", survival ", as.character(packageVersion("survival")), ": ", nrow(stored),
    " answers as stored\n", sep = "")
