project     = "example-project"
region      = "asia-northeast1"
domain      = "members.example.com"
image       = "asia-northeast1-docker.pkg.dev/example-project/genkan/genkan@sha256:0123456789abcdef000000000000000000000000000000000000000000000000"
mail_from   = "Genkan <genkan@example.com>"
alert_email = "operators@example.com"
docs        = "https://example.com/docs"
secrets = {
  migrator_password = { secret = "genkan-migrator-password", version = "1" }
  site_password     = { secret = "genkan-site-password", version = "2" }
  secret_keys       = { secret = "genkan-secret-keys", version = "3" }
  smtp_url          = { secret = "genkan-smtp-url", version = "4" }
}
database_passwords = { migrator = "open", site = "sesame" }
