# SPDX-License-Identifier: GPL-3.0-or-later
#
# Rscript files.R FOLDER: are the derived files of a run what R makes of survival.csv, visits.csv and counts.csv? All patients must be recorded.
suppressPackageStartupMessages(library(survival))
folder <- commandArgs(trailingOnly = TRUE)[1]
read <- function(file) read.csv(file.path(folder, file), na.strings = "", stringsAsFactors = FALSE)
lives <- read("survival.csv")
compared <- 0
same <- function(ours, theirs, what) {
    if (length(ours) != length(theirs) || any(is.na(ours) != is.na(theirs)) || any(abs(ours - theirs) > 1e-12 + 1e-9 * abs(theirs), na.rm = TRUE)) {
        cat(what, "differs\n")
        print(head(cbind(ours, theirs), 10))
        quit(status = 1)
    }
    compared <<- compared + length(ours)
}

# cuminc.csv: survfit's Aalen-Johansen, at the times of events
ours <- read("cuminc.csv")
for (arm in unique(lives$arm)) for (endpoint in c("ttp", "pfs", "os")) {
    x <- lives[lives$arm == arm, ]
    cause <- if (endpoint == "os") ifelse(x$os_event == 1, x$death_cause, "none yet") else
        ifelse(x$ttp_event == 1, x$cause, ifelse(x$pfs_event == 1, "death", "none yet"))
    time <- if (endpoint == "os") x$os_days else x$pfs_days
    causes <- setdiff(unique(cause), "none yet")
    if (length(causes) < 2) stop("the input must have two causes of each endpoint")
    fit <- survfit(Surv(time, factor(cause, c("none yet", causes))) ~ 1, id = x$patient, timefix = FALSE)
    at <- rowSums(fit$n.event[, -1]) > 0
    if (!setequal(ours$cause[ours$arm == arm & ours$endpoint == endpoint], causes)) stop("other causes in cuminc.csv")
    for (k in seq_along(causes)) {
        y <- ours[ours$arm == arm & ours$endpoint == endpoint & ours$cause == causes[k], ]
        what <- paste("cuminc.csv", arm, endpoint, causes[k])
        same(y$time_days, fit$time[at], what)
        same(y$cuminc, fit$pstate[at, k + 1], what)
        same(y$std_err, fit$std.err[at, k + 1], what)
        same(y$lower95, fit$lower[at, k + 1], what)
        same(y$upper95, fit$upper[at, k + 1], what)
    }
}

# summary.csv: medians, pfs2's too
ours <- read("summary.csv")
for (arm in unique(lives$arm)) for (endpoint in c("ttp", "pfs", "pfs2", "os")) {
    x <- lives[lives$arm == arm, ]
    fit <- survfit(Surv(x[[paste0(endpoint, "_days")]], x[[paste0(endpoint, "_event")]]) ~ 1, conf.type = "log-log", timefix = FALSE)
    y <- ours[ours$arm == arm & ours$endpoint == endpoint, ]
    same(c(y$median_days, y$median_lower95, y$median_upper95), unname(summary(fit)$table[c("median", "0.95LCL", "0.95UCL")]), paste("summary.csv", arm, endpoint))
}

# landmark.csv: summary(survfit, times =), as long as the curve goes on
ours <- read("landmark.csv")
if (!nrow(ours)) stop("the input must have milestones within follow-up")
for (i in seq_len(nrow(ours))) {
    x <- lives[lives$arm == ours$arm[i], ]
    fit <- survfit(Surv(x[[paste0(ours$endpoint[i], "_days")]], x[[paste0(ours$endpoint[i], "_event")]]) ~ 1, conf.type = "log-log", timefix = FALSE)
    at <- summary(fit, times = ours$time_days[i], extend = TRUE)
    if (ours$time_days[i] > max(fit$time)) next
    edge <- is.na(at$lower) # 1 before the first event, where R has no interval and the file 1 to 1
    same(ours$survival[i], at$surv, paste("landmark.csv", ours$arm[i], ours$endpoint[i]))
    same(unlist(ours[i, c("std_err", "lower95", "upper95", "at_risk")], use.names = FALSE)[c(!edge, !edge, !edge, TRUE)], c(at$std.err, at$lower, at$upper, at$n.risk)[c(!edge, !edge, !edge, TRUE)],
         paste("landmark.csv", ours$arm[i], ours$endpoint[i], ours$time_days[i]))
}

# survival.csv: the best response is the best of the visits up to progression
rank <- c(NE = 0, PD = 1, SD = 2, PR = 3, CR = 4)
visits <- read("visits.csv")
visits <- visits[!duplicated(visits[c("arm", "patient", "time_days")]), ]
for (i in seq_len(nrow(lives))) {
    until <- if (lives$ttp_event[i] == 1) lives$ttp_days[i] else Inf
    seen <- visits$response[visits$arm == lives$arm[i] & visits$patient == lives$patient[i] & visits$time_days <= until]
    same(max(0, rank[seen]), unname(rank[lives$best_response[i]]), paste("best response of", lives$arm[i], lives$patient[i]))
}

# burden.csv: type 7 over those followed and the dead, whom Inf - Inf would make NaN
ours <- read("burden.csv")
ours <- ours[ours$measure == "viable", ]
totals <- aggregate(cells ~ arm + patient + time_days, read("counts.csv"), sum)
for (i in seq_len(nrow(ours))) {
    x <- lives[lives$arm == ours$arm[i], ]
    living <- totals$cells[totals$arm == ours$arm[i] & totals$time_days == ours$time_days[i]]
    dead <- sum(x$os_event == 1 & x$os_days < ours$time_days[i])
    q <- quantile(c(living, rep(1e300, dead)), c(0.05, 0.25, 0.5, 0.75, 0.95), names = FALSE)
    same(unlist(ours[i, c("q05", "q25", "q50", "q75", "q95", "followed", "dead")], use.names = FALSE), c(ifelse(q > 1e200, NA, q), length(living), dead),
         paste("burden.csv", ours$arm[i], ours$time_days[i]))
}
cat("R ", as.character(getRversion()), ": ", compared, " numbers of ", folder, " as R makes them\n", sep = "")
