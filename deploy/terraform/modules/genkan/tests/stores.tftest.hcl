mock_provider "google" {
  source = "./tests/mocks"
}

run "postgres_is_private_verified_and_backed_up" {
  assert {
    condition     = !google_sql_database_instance.members.settings[0].ip_configuration[0].ipv4_enabled
    error_message = "Postgres has a public address"
  }
  assert {
    condition     = google_sql_database_instance.members.settings[0].ip_configuration[0].ssl_mode == "ENCRYPTED_ONLY"
    error_message = "Postgres accepts unencrypted connections"
  }
  assert {
    condition     = google_sql_database_instance.members.settings[0].ip_configuration[0].server_ca_mode == "GOOGLE_MANAGED_CAS_CA" && google_dns_record_set.postgres.name == "1a2b.3c4d.asia-northeast1.sql-psa.goog." && google_dns_record_set.postgres.rrdatas[0] == "10.20.0.3"
    error_message = "the name in the certificate of Postgres must lead to it"
  }
  assert {
    condition     = google_sql_database_instance.members.settings[0].backup_configuration[0].enabled && google_sql_database_instance.members.settings[0].backup_configuration[0].point_in_time_recovery_enabled
    error_message = "Postgres can be restored to a point in time"
  }
  assert {
    condition     = google_sql_database_instance.members.settings[0].edition == "ENTERPRISE" && google_sql_database_instance.members.settings[0].availability_type == "REGIONAL"
    error_message = "without an edition, Cloud SQL refuses the tier"
  }
  assert {
    condition     = one([for flag in google_sql_database_instance.members.settings[0].database_flags : flag.value if flag.name == "max_connections"]) == "500"
    error_message = "the budget of connections counts on max_connections"
  }
}

run "the_pool_is_as_large_as_the_program_s" {
  command = plan
  assert {
    condition     = local.pool_size == tonumber(regex("POOL_SIZE: u32 = ([0-9]+)", file("../../../../server/src/postgres/mod.rs"))[0])
    error_message = "pool_size is POOL_SIZE in server/src/postgres/mod.rs"
  }
}

run "the_site_cannot_alter_tables_and_its_account_cannot_read_the_migrator_s_password" {
  command = plan
  assert {
    condition     = google_sql_user.site.database_roles == tolist(["genkan_serving"])
    error_message = "without roles, Cloud SQL makes the site's account a member of cloudsqlsuperuser"
  }
  assert {
    condition     = google_cloud_run_v2_job.migrate.template[0].template[0].containers[0].args == tolist(["migrate", "--serving-role", "genkan_serving"])
    error_message = "the migrations grant the serving role"
  }
  assert {
    condition     = toset([for binding in google_secret_manager_secret_iam_member.site : binding.secret_id]) == toset(["genkan-site-password", "genkan-secret-keys", "genkan-smtp-url", google_secret_manager_secret.collector.secret_id])
    error_message = "the site reads its own secrets only"
  }
  assert {
    condition     = google_secret_manager_secret_iam_member.migrator.secret_id == "genkan-migrator-password"
    error_message = "the migration job reads its own secret only"
  }
  assert {
    condition     = toset([google_project_iam_member.metrics.role, google_project_iam_member.valkey[0].role]) == toset(["roles/monitoring.metricWriter", "roles/memorystore.dbConnectionUser"])
    error_message = "the site has another role in the project"
  }
}

run "migrations_run_once_for_each_image" {
  command = plan
  assert {
    condition     = google_cloud_run_v2_job.migrate.run_execution_token == "0123456789abcdef" && google_cloud_run_v2_job.migrate.template[0].template[0].containers[0].image == var.image
    error_message = "a new image must start the job of its migrations"
  }
  assert {
    condition = {
      for env in google_cloud_run_v2_job.migrate.template[0].template[0].containers[0].env : env.name => env.value if length(env.value_source) == 0
      } == {
      DATABASE_URL  = "postgres://genkan_migrator@1a2b.3c4d.asia-northeast1.sql-psa.goog/genkan"
      PGSSLROOTCERT = "CA OF POSTGRES"
      PUBLIC_URL    = "https://members.example.com"
    }
    error_message = "migrations run as the owner of the tables, over verified TLS"
  }
}

run "valkey_evicts_nothing_and_admits_the_site_alone" {
  command = plan
  assert {
    condition     = google_memorystore_instance.sessions[0].engine_configs["maxmemory-policy"] == "noeviction"
    error_message = "an evicted record of an ended session would let it in again"
  }
  assert {
    condition     = google_memorystore_instance.sessions[0].authorization_mode == "IAM_AUTH" && google_memorystore_instance.sessions[0].transit_encryption_mode == "SERVER_AUTHENTICATION"
    error_message = "Valkey must ask who connects, over TLS"
  }
  assert {
    condition     = google_memorystore_instance.sessions[0].server_ca_mode == "GOOGLE_MANAGED_PER_INSTANCE_CA"
    error_message = "REDIS_TLS_NAME=any is sound only with an authority for this instance alone"
  }
  assert {
    condition     = google_memorystore_instance.sessions[0].replica_count >= 1 && google_memorystore_instance.sessions[0].deletion_protection_enabled
    error_message = "Valkey has a replica and is protected"
  }
}

run "redis_instead_of_valkey" {
  variables {
    live_sessions = "redis"
  }
  assert {
    condition     = google_redis_instance.sessions[0].redis_configs["maxmemory-policy"] == "noeviction"
    error_message = "an evicted record of an ended session would let it in again"
  }
  assert {
    condition     = google_redis_instance.sessions[0].auth_enabled && google_redis_instance.sessions[0].transit_encryption_mode == "SERVER_AUTHENTICATION" && google_redis_instance.sessions[0].tier == "STANDARD_HA"
    error_message = "Redis has a password, TLS and a replica"
  }
  assert {
    condition     = google_redis_instance.sessions[0].authorized_network == google_compute_network.main.id && google_redis_instance.sessions[0].connect_mode == "PRIVATE_SERVICE_ACCESS"
    error_message = "Redis belongs to the site's own network"
  }
  assert {
    condition     = google_secret_manager_secret_version.redis_url[0].secret_data == "rediss://:sesame@10.20.0.4:6378"
    error_message = "the password of Redis is in a secret"
  }
  assert {
    condition     = contains([for env in google_cloud_run_v2_service.site.template[0].containers[0].env : env.name if length(env.value_source) > 0], "REDIS_URL")
    error_message = "an instance gets the address of Redis from a secret"
  }
  assert {
    condition     = one([for env in google_cloud_run_v2_service.site.template[0].containers[0].env : env.value if env.name == "REDIS_CA"]) == "CA OF REDIS"
    error_message = "an instance verifies Redis by its own authority"
  }
  assert {
    condition     = length(google_memorystore_instance.sessions) + length(google_project_iam_member.valkey) == 0
    error_message = "no Valkey is paid for beside Redis"
  }
}

run "postgres_instead_of_valkey" {
  variables {
    live_sessions = "postgres"
  }
  assert {
    condition     = length(google_memorystore_instance.sessions) + length(google_redis_instance.sessions) == 0
    error_message = "no live-session store is paid for beside Postgres"
  }
  assert {
    condition     = toset([for env in google_cloud_run_v2_service.site.template[0].containers[0].env : env.value if env.name == "LIVE_SESSIONS" || startswith(env.name, "REDIS_")]) == toset(["postgres"])
    error_message = "live sessions are in Postgres, and nothing is in Redis"
  }
}

run "no_other_store" {
  command = plan
  variables {
    live_sessions = "memory"
  }
  expect_failures = [var.live_sessions]
}

run "a_tier_belongs_to_its_edition" {
  command = plan
  variables {
    postgres = { edition = "ENTERPRISE_PLUS" }
  }
  expect_failures = [var.postgres]
}
