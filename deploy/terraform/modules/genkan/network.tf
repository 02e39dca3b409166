# Instances reach the stores by Direct VPC egress. Nothing but the load balancer has a public address.

resource "google_compute_network" "main" {
  name                    = "genkan"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "instances" {
  name                     = "genkan-instances"
  network                  = google_compute_network.main.id
  region                   = var.region
  ip_cidr_range            = var.instance_range
  private_ip_google_access = true
}

# The addresses of stores that Google peers with this network: Cloud SQL and Memorystore for Redis.
resource "google_compute_global_address" "services" {
  name          = "genkan-services"
  network       = google_compute_network.main.id
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 20
}

resource "google_service_networking_connection" "services" {
  network                 = google_compute_network.main.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.services.name]
  # Google releases the connection some time after the last store is deleted; deleting it would fail until then.
  deletion_policy = "ABANDON"
}
