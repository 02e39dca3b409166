# What somebody has to look at: now (CRITICAL) or this week (WARNING). The rules are those that Prometheus has elsewhere,
# beside a few about what only Google measures.

locals {
  rules = yamldecode(file("${path.module}/../../../prometheus/genkan.rules.yml")).groups[0].rules

  # Instances come and go here, and the uptime check asks for the site as a whole. A standby of Cloud SQL receives each
  # commit by its disk, which Postgres does not know of.
  left_out = ["InstanceGone", "SiteGone", "NoSynchronousStandby"]

  # Cloud Monitoring does not fill in Prometheus' templates.
  shared_alerts = {
    for rule in local.rules : rule.alert => {
      query    = rule.expr
      minutes  = tonumber(trimsuffix(lookup(rule, "for", "0m"), "m"))
      severity = { page = "CRITICAL", ticket = "WARNING" }[rule.labels.severity]
      summary  = replace(rule.annotations.summary, "/{{[^}]*}}/", "…")
      runbook  = trimprefix(rule.annotations.runbook, "docs/")
    } if !contains(local.left_out, rule.alert)
  }

  google_alerts = {
    for name, alert in {
      InstancesAtTheirMaximum = {
        query   = "sum(run_googleapis_com:container_instance_count{${local.cloud_run}}) >= ${var.instances.max}"
        summary = "As many instances run as are allowed"
      }
      PostgresConnectionsRunOut = {
        query   = "sum(cloudsql_googleapis_com:database_postgresql_num_backends{${local.cloud_sql}}) > ${0.8 * var.postgres.max_connections}"
        summary = "Four fifths of the connections to Postgres are in use"
      }
      PostgresBusy = {
        query   = "avg(cloudsql_googleapis_com:database_cpu_utilization{${local.cloud_sql}}) > 0.8"
        summary = "Postgres uses four fifths of its processors"
      }
    } : name => merge(alert, { minutes = 10, severity = "WARNING", runbook = "cloud-run.md#${lower(name)}" })
  }

  alerts = merge(local.shared_alerts, local.google_alerts)
}
