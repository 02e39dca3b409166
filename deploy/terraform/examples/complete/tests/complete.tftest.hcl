mock_provider "google" {
  source = "../../modules/genkan/tests/mocks"
}

variables {
  project            = "example-project"
  region             = "asia-northeast1"
  domain             = "members.example.com"
  image              = "asia-northeast1-docker.pkg.dev/example-project/genkan/genkan@sha256:0123456789abcdef000000000000000000000000000000000000000000000000"
  mail_from          = "Genkan <genkan@example.com>"
  alert_email        = "operators@example.com"
  docs               = "https://example.com/docs"
  database_passwords = { migrator = "open", site = "sesame" }
  secret_versions    = { migrator_password = 1, site_password = 1, secret_keys = 2, smtp_url = 1 }
}

run "the_example_is_a_whole_site" {
  assert {
    condition     = output.dns_records.certificate.name == "_acme-challenge.members.example.com."
    error_message = "the output says what to add to DNS"
  }
}
