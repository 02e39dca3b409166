output "image" {
  description = "The image's name, without a tag or digest."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}/genkan"
}

output "state_bucket" {
  value = google_storage_bucket.state.name
}
