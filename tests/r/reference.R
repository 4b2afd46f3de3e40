# SPDX-License-Identifier: GPL-3.0-or-later
#
# What R's package `survival` says about small cohorts: Rscript reference.R FOLDER writes there
#     cases.csv      case,arm,patient,time,cause      the cohorts (arm 0: reference; cause 0: censored)
#     reference.csv  case,quantity,row,value          R's answers, 17 digits, NA where R has none
# tests/unit/statistics reads both; rerun.sh runs this again and compares. timefix = FALSE throughout: relapse's times tie only if they
# are equal.
suppressPackageStartupMessages(library(survival))
folder <- commandArgs(trailingOnly = TRUE)[1]
horizon <- 300
levels_asked <- c(0.25, 0.75)
times_asked <- c(0, 56, 100, 168.5, 300)

# ---- the cohorts: written with formulas, not with a generator, and rounded, so that every R makes the same ------------------
spread <- function(n, step) ((seq_len(n) * step) %% 1)            # evenly scattered in (0, 1): Weyl's sequence
golden <- (sqrt(5) - 1) / 2
cohort <- function(time, cause, arm = 0, patient = NULL) {
    if (is.null(patient)) patient <- ave(seq_along(time), rep_len(arm, length(time)), FUN = seq_along)
    data.frame(arm = rep_len(arm, length(time)), patient = patient, time = time, cause = cause)
}
exponential <- function(n, step, mean, digits = 1) round(-mean * log(1 - (0.002 + 0.996 * spread(n, step))), digits)
censor <- function(time, cause, at) data.frame(time = pmin(time, at), cause = ifelse(time <= at, cause, 0))
to_visit <- function(x, every) { x$time <- ifelse(x$cause > 0, every * ceiling(x$time / every), x$time); censor(x$time, x$cause, 730) }

one_of_two <- function(n, step) ifelse(spread(n, step) < 0.6, 1, 2)
frailty <- exponential(80, golden, 1, 4) + 0.05                    # shared by the two arms of a pair
long <- exponential(80, sqrt(2), 1, 4)
longer <- exponential(80, sqrt(3), 1.4, 4)
pair_of_arms <- function(make) {
    x <- make(round(150 * (0.3 + frailty) * long, 1), one_of_two(80, sqrt(7)))
    y <- make(round(150 * (0.3 + frailty) * longer, 1), one_of_two(80, sqrt(11)))
    cohort(c(x$time, y$time), c(x$cause, y$cause), rep(0:1, each = 80))
}
uneven <- pair_of_arms(function(t, e) censor(t, e, round(60 + 500 * spread(80, sqrt(5)), 1)))

cases <- list(
    tied = cohort(c(90, 10, 10, 20, 20, 20, 30, 40, 40, 50), c(1, 1, 0, 1, 2, 0, 0, 2, 1, 0)),
    all_censored = cohort(c(40, 10, 20, 20), c(0, 0, 0, 0)),
    no_censoring = cohort(c(5, 310, 80, 120, 45, 80, 230), c(1, 2, 1, 1, 2, 2, 1)),
    one_event = cohort(55, 1),
    one_censored = cohort(55, 0),
    all_at_once = cohort(c(70, 70, 70), c(1, 1, 2)),
    half = cohort(c(10, 20, 30, 40), c(1, 1, 0, 1)),                # S = 0.5 on [20, 40)
    half_to_the_end = cohort(c(10, 20, 30, 40), c(1, 1, 0, 0)),     # S = 0.5 from 20 on
    half_by_products = cohort(c(1, 2, 3, 4, 5, 6, 7, 8, 9, 10) * 30, c(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)),
    at_zero = cohort(c(0, 0, 10, 20, 30, 40), c(1, 0, 2, 0, 1, 1)),
    only_censored_at_zero = cohort(c(0, 10, 20), c(0, 1, 1)),
    nearly_tied = cohort(c(100, 100 + 2e-13, 100 - 2e-13, 250, 300), c(1, 1, 0, 2, 0)),
    visits = { x <- to_visit(censor(exponential(200, golden, 260), one_of_two(200, sqrt(2)), round(900 * spread(200, sqrt(5)), 1)), 56)
               cohort(x$time, x$cause) },
    untied = { x <- censor(exponential(300, golden, 260, 6), one_of_two(300, sqrt(2)), round(900 * spread(300, sqrt(5)), 6))
               cohort(x$time, x$cause) },
    pairs = pair_of_arms(function(t, e) censor(t, e, 400)),
    pairs_by_chance_censored = uneven,
    pairs_at_visits = pair_of_arms(function(t, e) to_visit(data.frame(time = t, cause = e), 56)),
    partly_paired = { x <- uneven; x$patient <- x$patient + ifelse(x$arm == 1, 30, 0); x[!(x$arm == 0 & x$patient > 65), ] },
    pairs_tiny = cohort(c(10, 20, 30, 15, 20, 50), c(1, 1, 0, 1, 1, 1), rep(0:1, each = 3)),
    pairs_at_zero = cohort(c(0, 20, 30, 70, 0, 20, 50, 90), c(1, 1, 0, 1, 0, 1, 1, 1), rep(0:1, each = 4)),
    gone_before = cohort(c(50, 60, 70, 10, 20, 30), c(1, 1, 0, 0, 0, 0), rep(0:1, each = 3))
)

# ---- R's answers ----------------------------------------------------------------------------------------------------------
answers <- list()
say <- function(case, quantity, value, row = seq_along(value)) {
    if (!length(row)) return()
    answers[[length(answers) + 1]] <<- data.frame(case = case, quantity = quantity, row = row, value = as.numeric(value)[row])
}
# some rows of a long curve
say_curve <- function(case, quantity, value) say(case, quantity, value, unique(round(seq(1, length(value), length.out = 14))))
if_any <- function(x) ifelse(is.nan(x), NA, x)

one_arm <- function(name, x) {
    event <- x$cause > 0
    fit <- survfit(Surv(x$time, event) ~ 1, conf.type = "log-log", timefix = FALSE)
    s <- summary(fit, censored = TRUE)
    say(name, "km.rows", length(fit$time))
    say_curve(name, "km.time", fit$time)
    say_curve(name, "km.at_risk", fit$n.risk)
    say_curve(name, "km.events", fit$n.event)
    say_curve(name, "km.censored", fit$n.censor)
    say_curve(name, "km.survival", fit$surv)
    say_curve(name, "km.std_err", if_any(s$std.err))
    say_curve(name, "km.lower95", fit$lower)
    say_curve(name, "km.upper95", fit$upper)
    table <- summary(fit, rmean = horizon)$table
    say(name, "median", table[c("median", "0.95LCL", "0.95UCL")])
    say(name, "rmst", table[c("rmean", "se(rmean)")])
    # quantile() and print() share the rule for flat stretches inside the curve; print() speaks of the median alone
    ends_on_a_flat <- name %in% c("half_to_the_end", "nearly_tied", "all_censored", "one_censored")
    if (!ends_on_a_flat) say(name, "quantile", quantile(fit, levels_asked)$quantile)
    at <- times_asked[times_asked <= max(x$time)]
    s <- summary(fit, times = at)
    say(name, "at.survival", s$surv)
    say(name, "at.std_err", if_any(s$std.err))
    say(name, "at.lower95", s$lower)
    say(name, "at.upper95", s$upper)
    say(name, "at.at_risk", s$n.risk)

    fit <- survfit(Surv(x$time, factor(x$cause, 0:2)) ~ 1, timefix = FALSE)
    for (k in 1:3) {
        state <- c("free", "cause1", "cause2")[k]
        say_curve(name, paste0("cuminc.", state, ".value"), fit$pstate[, k])
        say_curve(name, paste0("cuminc.", state, ".std_err"), fit$std.err[, k])
        say_curve(name, paste0("cuminc.", state, ".lower95"), fit$lower[, k])
        say_curve(name, paste0("cuminc.", state, ".upper95"), fit$upper[, k])
    }
    say(name, "sample.quantile", quantile(x$time, c(0, 0.05, 0.25, 0.5, 0.75, 0.95, 1), type = 7))
    say(name, "sample.moments", c(mean(x$time), var(x$time), sqrt(var(x$time) / nrow(x))))
}

influence_on_rmst <- function(x) {
    fit <- survfit(Surv(x$time, x$cause > 0) ~ 1, robust = TRUE, influence = 1, timefix = FALSE)
    width <- diff(c(pmin(fit$time, horizon), horizon))
    setNames(c(matrix(fit$influence.surv, nrow = nrow(x)) %*% width), x$patient)
}

two_arms <- function(name, x) {
    x$event <- x$cause > 0
    # survdiff's timefix argument fails in 3.5; no two-arm cohort here is nearly tied
    test <- survdiff(Surv(time, event) ~ arm, x)
    say(name, "logrank", c(test$chisq, if (all(test$exp > 0)) pchisq(test$chisq, 1, lower.tail = FALSE) else NA, test$obs, test$exp))
    if (all(tapply(x$event, x$arm, any))) {
        fit <- coxph(Surv(time, event) ~ arm + cluster(patient), x, ties = "efron",
                     control = coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 50, timefix = FALSE))
        say(name, "cox", c(coef(fit), sqrt(fit$naive.var), sqrt(fit$var), exp(coef(fit)), exp(confint(fit))))
    }
    rmst <- sapply(0:1, function(k) {
        y <- x[x$arm == k, ]
        summary(survfit(Surv(y$time, y$event) ~ 1, timefix = FALSE), rmean = horizon)$table[c("rmean", "se(rmean)")]
    })
    phi <- lapply(0:1, function(k) influence_on_rmst(x[x$arm == k, ]))
    who <- union(names(phi[[1]]), names(phi[[2]]))
    both <- intersect(names(phi[[1]]), names(phi[[2]]))
    get <- function(p) { v <- p[who]; ifelse(is.na(v), 0, v) }
    difference <- rmst[1, 2] - rmst[1, 1]
    se <- sqrt(sum((get(phi[[2]]) - get(phi[[1]]))^2))
    a <- phi[[1]][both]; b <- phi[[2]][both]
    correlation <- sum(a * b) / sqrt(sum(a^2) * sum(b^2))
    say(name, "pairs", c(difference, se, difference + c(-1, 1) * qnorm(0.975) * se, sqrt(sum(rmst[2, ]^2)), correlation, length(both)))
}

for (name in names(cases)) {
    x <- cases[[name]]
    one_arm(name, x[x$arm == 0, ])
    if (any(x$arm == 1)) two_arms(name, x)
}

number <- function(v) {                                           # the shortest of 15 or 17 digits that reads back
    short <- formatC(v, digits = 15, format = "g", width = -1)
    ifelse(is.na(v), "NA", ifelse(suppressWarnings(as.numeric(short)) == v, short, formatC(v, digits = 17, format = "g", width = -1)))
}
data <- do.call(rbind, Map(function(name, x) cbind(case = name, x), names(cases), cases))
data$time <- number(data$time)
reference <- do.call(rbind, answers)
reference$value <- number(reference$value)
write.csv(data, file.path(folder, "cases.csv"), row.names = FALSE, quote = FALSE)
write.csv(reference, file.path(folder, "reference.csv"), row.names = FALSE, quote = FALSE)
