# SPDX-License-Identifier: GPL-3.0-or-later
# published.csv -> the same rows with what the program found (jobs/trials.sh). -v out=FOLDER with one folder of results a trial.
function fields(line, f,   n, quoted, i, c) {   # RFC 4180, as far as our files go
    n = 1; f[1] = ""; quoted = 0
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        if (c == "\"") quoted = !quoted
        else if (c == "," && !quoted) f[++n] = ""
        else f[n] = f[n] c
    }
    return n
}
function table(file, key,   line, f, head, n, i, id) {  # into T[file, value of key columns, column]
    if (file in read_already) return
    read_already[file] = 1
    if ((getline line < file) <= 0) { print "trials: cannot read " file > "/dev/stderr"; exit 1 }
    n = fields(line, head)
    while ((getline line < file) > 0) {
        fields(line, f)
        for (i = 1; i <= n; i++) T[file, f[1], f[key], head[i]] = f[i]
    }
    close(file)
}
function responses(file,   line, f, head, n, i, at) {
    if (file in read_already) return
    read_already[file] = 1
    getline line < file
    n = fields(line, head)
    for (i = 1; i <= n; i++) at[head[i]] = i
    while ((getline line < file) > 0) {
        fields(line, f)
        N[file, f[1]]++
        if (f[at["best_response"]] == "CR" || f[at["best_response"]] == "PR") R[file, f[1]]++
        if (f[at["ttp_event"]] == "1") {
            P[file, f[1]]++
            m = split(f[at["cause"]], t, "+")
            for (i = 1; i <= m; i++) C[file, f[1], t[i] ~ /^met[0-9]+$/ ? "met" : t[i]]++
        }
    }
    close(file)
}
function printed(file,   line, f, head, n, i, at) {   # trial.csv: what a trial of that size prints, by what was published
    if (file in read_already) return
    read_already[file] = 1
    if ((getline line < file) <= 0) { print "trials: cannot read " file > "/dev/stderr"; exit 1 }
    n = fields(line, head)
    for (i = 1; i <= n; i++) at[head[i]] = i
    while ((getline line < file) > 0) {
        fields(line, f)
        if (f[at["published"]] == "") continue
        i = sprintf("%s,%s,%s,%.3g", f[at["arm"]], f[at["endpoint"]], f[at["quantity"]], f[at["published"]] / (f[at["quantity"]] == "median_days" ? 30.4375 : 1))
        Low[file, i] = f[at["q025"]]; High[file, i] = f[at["q975"]]; In[file, i] = f[at["inside"]]
    }
    close(file)
}
function months(d) { return d == "" ? "" : sprintf("%.1f", d / 30.4375) }
function share(k, n,   p, z, mid, half) {  # Wilson's 95 % interval
    p = k / n; z = 1.959964
    mid = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    found = sprintf("%.1f", 100 * p); low = sprintf("%.1f", 100 * (mid - half)); high = sprintf("%.1f", 100 * (mid + half))
}
FNR == 1 { print "trial,arm,use,quantity,published,lower95,upper95,found,found_lower95,found_upper95,inside,trial_q025,trial_q975,trial_inside"; next }
{
    fields($0, row)
    folder = out "/" row[1]; arm = row[2]; q = row[4]
    found = low = high = ""
    if (q ~ /_hr$/) {
        file = folder "/compare.csv"; table(file, 3); e = substr(q, 1, length(q) - 3)
        found = sprintf("%.2f", T[file, arm, e, "hazard_ratio"]); low = sprintf("%.2f", T[file, arm, e, "hr_lower95"]); high = sprintf("%.2f", T[file, arm, e, "hr_upper95"])
    } else if (q == "orr" || q ~ /^cause /) {
        file = folder "/survival.csv"; responses(file)
        if (q == "orr") share(R[file, arm] + 0, N[file, arm]); else share(C[file, arm, substr(q, 7)] + 0, P[file, arm])
    } else {
        file = folder "/summary.csv"; table(file, 2)
        found = months(T[file, arm, q, "median_days"]); low = months(T[file, arm, q, "median_lower95"]); high = months(T[file, arm, q, "median_upper95"])
    }
    inside = row[6] == "" ? (q ~ /^(ttp|pfs|os)$/ && found != "" ? sprintf("%+.1f mo", found - row[5]) : q == "orr" ? sprintf("%+.1f %%", found - row[5]) : sprintf("%+.2f", found - row[5])) \
           : (found + 0 >= row[6] + 0 && found + 0 <= row[7] + 0 ? "yes" : "no")
    least = most = within = ""
    if (q ~ /^(ttp|pfs|os)(_hr)?$/) {
        file = folder "/trial.csv"; printed(file); hr = q ~ /_hr$/
        key = sprintf("%s,%s,%s,%.3g", arm, hr ? substr(q, 1, length(q) - 3) : q, hr ? "hazard_ratio" : "median_days", row[5])
        if (!((file, key) in In)) { print "trials: " folder "/trial.csv has no row for " key > "/dev/stderr"; exit 1 }
        least = hr ? sprintf("%.2f", Low[file, key]) : months(Low[file, key]); within = In[file, key]
        most = High[file, key] == "" ? "NR" : hr ? sprintf("%.2f", High[file, key]) : months(High[file, key])
    }
    print row[1] "," arm "," row[3] "," q "," row[5] "," row[6] "," row[7] "," found "," low "," high "," inside "," least "," most "," within
}
