"""Which term of Darwin Core and Audiovisual Core says what a column says.

Source: Darwin Core and Audiovisual Core (TDWG, 2026-01-23).
"""

from __future__ import annotations

DWC = "http://rs.tdwg.org/dwc/terms/"
AC = "http://rs.tdwg.org/ac/terms/"
DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
XMP_RIGHTS = "http://ns.adobe.com/xap/1.0/rights/"
XMP = "http://ns.adobe.com/xap/1.0/"
EXIF = "http://ns.adobe.com/exif/1.0/"

# Sheet column → Darwin Core term, of the specimen.
OCCURRENCE = {
    "occurrence_id": f"{DWC}occurrenceID",
    "basis_of_record": f"{DWC}basisOfRecord",
    "catalog_number": f"{DWC}catalogNumber",
    "institution_code": f"{DWC}institutionCode",
    "collection_code": f"{DWC}collectionCode",
    "scientific_name": f"{DWC}scientificName",
    "event_date": f"{DWC}eventDate",
    "type_status": f"{DWC}typeStatus",
    "sex": f"{DWC}sex",
    "life_stage": f"{DWC}lifeStage",
}
# Column of the media table → term, of a picture.
MEDIA = {
    "identifier": f"{DCTERMS}identifier",
    "type": f"{DCTERMS}type",
    "title": f"{DCTERMS}title",
    "caption": f"{AC}caption",
    "format": f"{DC}format",
    "creator": f"{DC}creator",
    "rights": f"{DC}rights",
    "licence_url": f"{XMP_RIGHTS}WebStatement",
    "metadata_language": f"{AC}metadataLanguageLiteral",
    "access_uri": f"{AC}accessURI",
    "variant": f"{AC}variantLiteral",
    "variant_description": f"{AC}variantDescription",
    "width_px": f"{EXIF}PixelXDimension",
    "height_px": f"{EXIF}PixelYDimension",
    "derived_from": f"{AC}derivedFrom",
    "related_resource": f"{AC}relatedResourceID",
    "specimen_reference": f"{AC}associatedSpecimenReference",
    "scientific_name": f"{DWC}scientificName",
    # Texts, for the terms without `Literal` take addresses of a vocabulary.
    "subject_part": f"{AC}subjectPartLiteral",
    "subject_orientation": f"{AC}subjectOrientationLiteral",
    "capture_device": f"{AC}captureDevice",
    "creation_technique": f"{AC}resourceCreationTechnique",
    "created": f"{XMP}CreateDate",
    "hash_function": f"{AC}hashFunction",
    "hash_value": f"{AC}hashValue",
}
