output "address" {
  description = "The load balancer's address."
  value       = google_compute_global_address.site.address
}

output "dns_records" {
  description = "What DNS must say before browsers find the site: its address, and the proof for its certificate."
  value       = local.dns_records
}

output "service" {
  description = "The Cloud Run service."
  value       = google_cloud_run_v2_service.site.name
}

output "database" {
  description = "The Cloud SQL instance."
  value       = google_sql_database_instance.members.name
}
