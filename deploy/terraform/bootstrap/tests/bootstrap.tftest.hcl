mock_provider "google" {}

variables {
  project = "example-project"
  region  = "asia-northeast1"
}

run "the_state_is_private_and_can_be_restored" {
  assert {
    condition     = google_storage_bucket.state.public_access_prevention == "enforced" && google_storage_bucket.state.uniform_bucket_level_access && google_storage_bucket.state.versioning[0].enabled
    error_message = "the bucket of the state must be private and keep older versions"
  }
}

run "there_is_a_secret_for_each_that_the_example_names" {
  assert {
    condition     = toset([for secret in google_secret_manager_secret.site : secret.secret_id]) == toset(["genkan-migrator-password", "genkan-site-password", "genkan-secret-keys", "genkan-smtp-url"])
    error_message = "the example needs other secrets"
  }
}

run "a_tag_of_an_image_never_moves" {
  assert {
    condition     = google_artifact_registry_repository.images.docker_config[0].immutable_tags && output.image == "asia-northeast1-docker.pkg.dev/example-project/genkan/genkan"
    error_message = "a tag could be pushed again with other code"
  }
}
