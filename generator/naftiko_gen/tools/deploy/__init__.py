"""Deployments: the image and the manifests of a package, from one description."""
