# What Google would compute, where the module reads it.

mock_resource "google_sql_database_instance" {
  defaults = {
    name               = "genkan-members"
    private_ip_address = "10.20.0.3"
    server_ca_cert     = [{ cert = "CA OF POSTGRES", common_name = "", create_time = "", expiration_time = "", sha1_fingerprint = "" }]
    dns_names = [
      { name = "genkan.global.sql-psa.goog.", connection_type = "PRIVATE_SERVICES_ACCESS", dns_scope = "CLUSTER" },
      { name = "1a2b.3c4d.asia-northeast1.sql-psa.goog.", connection_type = "PRIVATE_SERVICES_ACCESS", dns_scope = "INSTANCE" },
    ]
  }
}

mock_resource "google_memorystore_instance" {
  defaults = {
    managed_server_ca = [{ ca_certs = [{ certificates = ["CA OF", "VALKEY"] }] }]
    endpoints = [{ connections = [
      { psc_auto_connection = [{ connection_type = "CONNECTION_TYPE_READER", ip_address = "10.10.1.3", port = 6379, forwarding_rule = "", network = "", project_id = "", psc_connection_id = "", service_attachment = "" }] },
      { psc_auto_connection = [{ connection_type = "CONNECTION_TYPE_PRIMARY", ip_address = "10.10.1.2", port = 6379, forwarding_rule = "", network = "", project_id = "", psc_connection_id = "", service_attachment = "" }] },
    ] }]
  }
}

mock_resource "google_redis_instance" {
  defaults = {
    host            = "10.20.0.4"
    port            = 6378
    auth_string     = "sesame"
    server_ca_certs = [{ cert = "CA OF REDIS", create_time = "", expire_time = "", serial_number = "", sha1_fingerprint = "" }]
  }
}

mock_resource "google_certificate_manager_dns_authorization" {
  defaults = {
    dns_resource_record = [{ name = "_acme-challenge.members.example.com.", type = "CNAME", data = "proof.authorize.certificatemanager.goog." }]
  }
}
